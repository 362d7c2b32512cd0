//! Languages of tracks as BCP 47 tags.

mod autonym;

pub(crate) use self::autonym::autonym;
use isobmff::Language;

/// ISO 639-2 codes (terminology and bibliographic) with their two-letter code of ISO 639-1, which
/// BCP 47 (RFC 5646 §2.2.1) demands where there is one.
const SHORT_CODES: &str = "\
aar=aa abk=ab afr=af aka=ak alb=sq amh=am ara=ar arg=an arm=hy asm=as ava=av ave=ae aym=ay aze=az bak=ba \
bam=bm baq=eu bel=be ben=bn bih=bh bis=bi bod=bo bos=bs bre=br bul=bg bur=my cat=ca ces=cs cha=ch che=ce \
chi=zh chu=cu chv=cv cor=kw cos=co cre=cr cym=cy cze=cs dan=da deu=de div=dv dut=nl dzo=dz ell=el eng=en \
epo=eo est=et eus=eu ewe=ee fao=fo fas=fa fij=fj fin=fi fra=fr fre=fr fry=fy ful=ff geo=ka ger=de gla=gd \
gle=ga glg=gl glv=gv gre=el grn=gn guj=gu hat=ht hau=ha hbs=sh heb=he her=hz hin=hi hmo=ho hrv=hr hun=hu \
hye=hy ibo=ig ice=is ido=io iii=ii iku=iu ile=ie ina=ia ind=id ipk=ik isl=is ita=it jav=jv jpn=ja kal=kl \
kan=kn kas=ks kat=ka kau=kr kaz=kk khm=km kik=ki kin=rw kir=ky kom=kv kon=kg kor=ko kua=kj kur=ku lao=lo \
lat=la lav=lv lim=li lin=ln lit=lt ltz=lb lub=lu lug=lg mac=mk mah=mh mal=ml mao=mi mar=mr may=ms mkd=mk \
mlg=mg mlt=mt mon=mn mri=mi msa=ms mya=my nau=na nav=nv nbl=nr nde=nd ndo=ng nep=ne nld=nl nno=nn nob=nb \
nor=no nya=ny oci=oc oji=oj ori=or orm=om oss=os pan=pa per=fa pli=pi pol=pl por=pt pus=ps que=qu roh=rm \
ron=ro rum=ro run=rn rus=ru sag=sg san=sa sin=si slk=sk slo=sk slv=sl sme=se smo=sm sna=sn snd=sd som=so \
sot=st spa=es sqi=sq srd=sc srp=sr ssw=ss sun=su swa=sw swe=sv tah=ty tam=ta tat=tt tel=te tgk=tg tgl=tl \
tha=th tib=bo tir=ti ton=to tsn=tn tso=ts tuk=tk tur=tr twi=tw uig=ug ukr=uk urd=ur uzb=uz ven=ve vie=vi \
vol=vo wel=cy wln=wa wol=wo xho=xh yid=yi yor=yo zha=za zho=zh zul=zu";

/// Macintosh language numbers (QuickTime File Format, "Language code values") from 0 on.
const MACINTOSH: &str = "en fr de it nl sv es da pt no he ja ar fi el is mt tr hr zh-Hant ur hi th ko lt pl hu \
et lv se fo fa ru zh-Hans nl-BE ga sq ro cs sk sl yi sr mk bg uk be uz kk az az hy ka mo ky tg tk mn-Mong mn \
ps ku ks sd bo ne sa mr bn as gu pa or ml kn ta te si my km lo vi id tl ms-Latn ms-Arab am ti om so sw rw rn ny mg eo";

/// The tag of a track's language; `None` if it is unknown or means nothing.
pub(crate) fn tag(language: &Language) -> Option<String> {
    match language {
        Language::Tag(tag) => Some(tag.clone()).filter(|tag| !tag.eq_ignore_ascii_case("und")),
        // 0 is English to QuickTime, and what MP4 writers leave who know no language at all.
        Language::Macintosh(0) => None,
        Language::Macintosh(number) => {
            MACINTOSH.split_ascii_whitespace().nth((*number).into()).map(str::to_owned)
        }
        Language::Iso(letters) => {
            let code = std::str::from_utf8(letters).ok()?;
            // `und`: undetermined; `zxx`: no linguistic content; `mis` and `mul` name no language.
            let is_language = code.bytes().all(|b| b.is_ascii_lowercase())
                && !matches!(code, "und" | "zxx" | "mis" | "mul");
            let short = SHORT_CODES
                .split_ascii_whitespace()
                .find_map(|pair| pair.strip_prefix(code)?.strip_prefix('='));
            is_language.then(|| short.unwrap_or(code).to_owned())
        }
    }
}

/// The letters for `mdhd`, which has no place for anything but ISO 639-2; `und` if unknown.
pub(crate) fn iso_letters(language: &Language) -> [u8; 3] {
    match language {
        Language::Iso(letters) => *letters,
        Language::Macintosh(_) | Language::Tag(_) => {
            let tag = tag(language).unwrap_or_default();
            let primary = tag.split('-').next().unwrap_or_default();
            let long = |pair: &str| {
                pair.split_once('=').filter(|(_, short)| *short == primary).map(|(long, _)| long.to_owned())
            };
            let found = SHORT_CODES.split_ascii_whitespace().find_map(long);
            found.unwrap_or_else(|| primary.to_owned()).as_bytes().try_into().unwrap_or(*b"und")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(code: [u8; 3]) -> Option<String> {
        tag(&Language::Iso(code))
    }

    /// Oracle: the registries of ISO 639-2 and Apple's list of language numbers.
    #[test]
    fn tags() {
        assert_eq!(iso(*b"eng").as_deref(), Some("en"));
        assert_eq!(iso(*b"ger").as_deref(), Some("de"));
        assert_eq!(iso(*b"fil").as_deref(), Some("fil"));
        assert_eq!(iso(*b"und"), None);
        assert_eq!(iso(*b"```"), None);
        assert_eq!(tag(&Language::Macintosh(0)), None);
        assert_eq!(tag(&Language::Macintosh(94)).as_deref(), Some("eo"));
        assert_eq!(tag(&Language::Macintosh(11)).as_deref(), Some("ja"));
        assert_eq!(tag(&Language::Macintosh(0x7fff)), None);
        assert_eq!(tag(&Language::Tag("pt-BR".into())).as_deref(), Some("pt-BR"));
        assert_eq!(iso_letters(&Language::Tag("pt-BR".into())), *b"por");
        assert_eq!(iso_letters(&Language::Tag("yue".into())), *b"yue");
    }
}

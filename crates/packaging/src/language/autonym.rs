//! What languages are called by those who speak them.

/// Tags and names, in order of the tags: after the Unicode CLDR (version 48, `localeDisplayNames` of each
/// language's own locale), with a capital as in a list, and regions in brackets.
const NAMES: &str = "\
af=Afrikaans; ak=Akan; am=አማርኛ; ar=العربية; as=অসমীয়া; ast=Asturianu; az=Azərbaycan; ba=Башҡорт; \
be=Беларуская; bg=Български; bm=Bamanakan; bn=বাংলা; bo=བོད་སྐད་; br=Brezhoneg; bs=Bosanski; \
ca=Català; ce=Нохчийн; ceb=Cebuano; ckb=کوردیی ناوەندی; cs=Čeština; cv=Чӑваш чӗлхи; cy=Cymraeg; \
da=Dansk; de=Deutsch; de-AT=Deutsch (Österreich); de-CH=Deutsch (Schweiz); dz=རྫོང་ཁ; ee=Eʋegbe; \
el=Ελληνικά; en=English; en-AU=English (Australia); en-CA=English (Canada); en-GB=English (UK); \
en-US=English (US); eo=Esperanto; es=Español; es-419=Español (Latinoamérica); \
es-ES=Español (España); es-MX=Español (México); et=Eesti; eu=Euskara; fa=فارسی; ff=Pulaar; \
fi=Suomi; fil=Filipino; fo=Føroyskt; fr=Français; fr-CA=Français (Canada); fr-CH=Français (Suisse); \
fy=Frysk; ga=Gaeilge; gd=Gàidhlig; gl=Galego; gsw=Schwiizertüütsch; gu=ગુજરાતી; gv=Gaelg; ha=Hausa; \
haw=ʻŌlelo Hawaiʻi; he=עברית; hi=हिन्दी; hr=Hrvatski; hu=Magyar; hy=Հայերեն; ia=Interlingua; \
id=Bahasa Indonesia; ie=Interlingue; ig=Igbo; ii=ꆈꌠꉙ; is=Íslenska; it=Italiano; ja=日本語; jv=Jawa; \
ka=ქართული; ki=Gikuyu; kk=Қазақ тілі; kl=Kalaallisut; km=ខ្មែរ; kn=ಕನ್ನಡ; ko=한국어; ks=کٲشُر; \
ku=Kurdî; kw=Kernewek; ky=Кыргызча; lb=Lëtzebuergesch; lg=Luganda; ln=Lingála; lo=ລາວ; lt=Lietuvių; \
lu=Tshiluba; lv=Latviešu; mg=Malagasy; mi=Māori; mk=Македонски; ml=മലയാളം; mn=Монгол; mr=मराठी; \
ms=Bahasa Melayu; mt=Malti; my=မြန်မာ; nb=Norsk bokmål; nd=IsiNdebele; ne=नेपाली; nl=Nederlands; \
nl-BE=Vlaams; nn=Norsk nynorsk; no=Norsk; oc=Occitan; om=Oromoo; or=ଓଡ଼ିଆ; os=Ирон; pa=ਪੰਜਾਬੀ; \
pl=Polski; ps=پښتو; pt=Português; pt-BR=Português (Brasil); pt-PT=Português (Portugal); \
qu=Runasimi; rm=Rumantsch; rn=Ikirundi; ro=Română; ru=Русский; rw=Ikinyarwanda; sa=संस्कृतम्; \
sc=Sardu; sd=سنڌي; se=Davvisámegiella; sg=Sängö; si=සිංහල; sk=Slovenčina; sl=Slovenščina; \
sn=ChiShona; so=Soomaali; sq=Shqip; sr=Српски; sr-Cyrl=Српски (ћирилица); \
sr-Latn=Srpski (latinica); st=Sesotho; su=Basa Sunda; sv=Svenska; sw=Kiswahili; ta=தமிழ்; \
te=తెలుగు; tg=Тоҷикӣ; th=ไทย; ti=ትግርኛ; tk=Türkmen dili; tl=Filipino; tn=Setswana; to=Lea fakatonga; \
tr=Türkçe; tt=Татар; ug=ئۇيغۇرچە; uk=Українська; ur=اردو; uz=O‘zbek; vi=Tiếng Việt; wo=Wolof; \
xh=IsiXhosa; yi=ייִדיש; yo=Èdè Yorùbá; yue=粵語; zh=中文; zh-CN=中文（中国）; zh-HK=中文（香港）; zh-Hans=简体中文; \
zh-Hant=繁體中文; zh-TW=中文（台灣）; zu=IsiZulu";

/// The name of a language in that language; `None` if it is not known. What a tag says beyond a known one stands
/// in brackets: `Deutsch (LI)`.
pub(crate) fn autonym(tag: &str) -> Option<String> {
    let name_of = |wanted: &str| {
        NAMES
            .split("; ")
            .find_map(|row| row.split_once('=').filter(|(tag, _)| *tag == wanted))
            .map(|(_, name)| name)
    };
    if let Some(name) = name_of(tag) {
        return Some(name.to_owned());
    }
    let (primary, rest) = tag.split_once('-')?;
    Some(format!("{} ({rest})", name_of(primary)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: what these languages are called, by hand.
    #[test]
    fn names() {
        for (tag, name) in [
            ("en", "English"),
            ("fr", "Français"),
            ("he", "עברית"),
            ("ja", "日本語"),
            ("fil", "Filipino"),
            ("pt-BR", "Português (Brasil)"),
            ("zh-Hant", "繁體中文"),
            ("zu", "IsiZulu"),
            ("af", "Afrikaans"),
            ("de-LI", "Deutsch (LI)"),
            ("en-x-drunk", "English (x-drunk)"),
        ] {
            assert_eq!(autonym(tag).as_deref(), Some(name), "{tag}");
        }
        for unknown in ["", "xx", "qaa", "x-own", "en=English", "English"] {
            assert_eq!(autonym(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        let rows: Vec<_> = NAMES.split("; ").map(|row| row.split_once('=').unwrap()).collect();
        assert!(rows.len() > 150);
        assert!(rows.is_sorted_by_key(|(tag, _)| *tag));
        for (tag, name) in rows {
            assert_eq!(crate::set::tag::canonical(tag).as_deref(), Some(tag));
            assert!(!name.is_empty() && !name.contains([';', '"', '=']) && name.trim() == name, "{tag}");
        }
    }
}

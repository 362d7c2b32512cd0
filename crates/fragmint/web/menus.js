// The menus of quality, audio and captions. What they show is what the player says of itself,
// each time it is asked, so they follow it when it switches by itself.

import { AUTO, OFF } from './players/words.js';
import { byId, element, setText } from './util.js';

const MENUS = {
  quality: { first: { id: AUTO, label: 'Automatic' }, empty: 'Automatic' },
  audio: { empty: 'Default' },
  text: { first: { id: OFF, label: 'Off' }, empty: 'None' },
};

// The menu that the viewer may have opened: it is left alone, lest it closes under the hand.
let open = null;

/** `session()` gives what plays now. */
export function listenToMenus(session) {
  for (const kind of Object.keys(MENUS)) {
    const select = byId(kind);
    const opens = () => { open = kind; };
    const closes = () => { open = null; };
    select.addEventListener('pointerdown', opens);
    select.addEventListener('keydown', ({ key }) => (key === 'Escape' || key === 'Tab' ? closes() : opens()));
    select.addEventListener('blur', closes);
    select.addEventListener('change', () => {
      session()?.[kind].choose(select.value);
      closes();
    });
  }
}

export function showMenus(session) {
  for (const [kind, { first, empty }] of Object.entries(MENUS)) {
    if (session && kind === open) continue;
    showMenu(byId(kind), session?.[kind], first, empty);
  }
  if (open !== 'quality') showAutomatic(session);
}

function showMenu(select, menu, first, empty) {
  const options = menu?.options() ?? [];
  const isUseful = options.length > (first ? 0 : 1);
  const shown = isUseful ? [first, ...options].filter(Boolean) : [options[0] ?? { id: '', label: empty }];
  const signature = JSON.stringify(shown);
  if (select.dataset.signature !== signature) {
    select.dataset.signature = signature;
    select.replaceChildren(...distinct(shown).map(({ id, label }) => element('option', { value: id }, label)));
    select.disabled = !isUseful;
  }
  if (isUseful) select.value = menu.chosen() ?? '';
}

/** Numbers what would read the same. */
function distinct(options) {
  const seen = new Map();
  return options.map(({ id, label }) => {
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return { id, label: count > 1 ? `${label} · ${count}` : label };
  });
}

/** Automatic says what it has come to: the size, or the bit rate where there is no picture. */
function showAutomatic(session) {
  const option = byId('quality').querySelector(`option[value="${AUTO}"]`);
  if (!option) return;
  const [size] = (session?.quality.chosen() === AUTO && session.rendition()?.split(' · ')) || [];
  setText(option, size ? `Automatic (${size})` : MENUS.quality.first.label);
}

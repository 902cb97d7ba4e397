// Shows files in media players or as links, and joins streamed speech into a WAV file.

import { h } from './dom.js';
import { size, t } from './i18n.js';

/** @param {Omit<import('./api.js').FileLine, 'kind'>} file */
export function fileView(file) {
  const kind = file.content_type.split('/')[0];
  const name = file.name || t('file.unnamed');
  const link = h('a', { href: file.url, download: name, class: 'button small' }, t('file.save'));
  return h(
    'div',
    { class: 'file-view' },
    kind === 'audio' && h('audio', { controls: true, src: file.url, 'aria-label': name }),
    kind === 'video' && h('video', { controls: true, src: file.url, 'aria-label': name }),
    kind === 'image' && h('img', { src: file.url, alt: name }),
    h(
      'p',
      null,
      h('strong', null, name),
      h('span', { class: 'muted' }, ` ${file.content_type} · ${size(file.bytes)} `),
      link,
    ),
  );
}

const RATE = 24_000;

/**
 * Creates a player for streamed speech: base64 of 16-bit mono samples at 24 kHz.
 * @param {string[]} chunks
 */
export function speechPlayer(chunks) {
  const samples = chunks.map((chunk) => Uint8Array.from(atob(chunk), (each) => each.charCodeAt(0)));
  const length = samples.reduce((sum, each) => sum + each.length, 0);
  const header = new DataView(new ArrayBuffer(44));
  const word = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((each, i) => header.setUint8(at + i, each.charCodeAt(0)));
  word(0, 'RIFF');
  header.setUint32(4, 36 + length, true);
  word(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, RATE * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  word(36, 'data');
  header.setUint32(40, length, true);
  const url = URL.createObjectURL(new Blob([header, ...samples], { type: 'audio/wav' }));
  return h('audio', { controls: true, src: url, 'aria-label': t('file.speech') });
}

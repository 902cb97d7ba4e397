// Tests of the reader and the writer of object literals, without a browser.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// The page is not a package, so that its files are loaded from memory.
const folder = new URL('../../coze-cli/src/playground/page/', import.meta.url);
const load = (name, change = (text) => text) =>
  `data:text/javascript;base64,${Buffer.from(change(readFileSync(new URL(name, folder), 'utf8'))).toString('base64')}`;
const literal = load('literal.js');
const edit = load('literaledit.js', (text) => text.replace("'./literal.js'", () => `'${literal}'`));
const { Code, LiteralError, readObject, readValue, valueOf } = await import(literal);
const { setMember, writeValue } = await import(edit);

const read = (text, calls) => valueOf(readObject(text, calls));

/** Returns the reason and the line of the error in a text. */
const problem = (text, calls) => {
  try {
    return read(text, calls);
  } catch (error) {
    assert.ok(error instanceof LiteralError, String(error));
    return [error.reason, error.line];
  }
};

test('values of all kinds are read', () => {
  const text = `{
    // A comment, and /* another */
    single: 'it\\'s', "double": "\\u4f60\\x41\\u{1F600}\\n", plain: \`a
b\`, /* between */ numbers: [1, -2.5, .5, 1e3, 0x1f, 1_000,],
    'with-dash': true, 7: null, none: undefined, nested: { deep: { value: false } },
  }`;
  assert.deepEqual(read(text), {
    single: "it's",
    double: '你A😀\n',
    plain: 'a\nb',
    numbers: [1, -2.5, 0.5, 1000, 31, 1000],
    'with-dash': true,
    7: null,
    none: undefined,
    nested: { deep: { value: false } },
  });
});

test('code stays as it is, and is not run', () => {
  globalThis.wasRun = false;
  const options = read(`{
    arrow: async () => { wasRun = true; return "}"; },
    call: (() => { wasRun = true; })(),
    element: document.querySelector('#a, .b'),
    choice: a ? b : c ?? d?.e,
    template: \`a \${b({ c: '}' })} d\`,
    sum: 'a' + 1,
    short,
    async onShow(name, ...rest) { return [name, rest]; },
  }`);
  const source = (name) => (assert.ok(options[name] instanceof Code, name), options[name].source);
  assert.equal(source('arrow'), 'async () => { wasRun = true; return "}"; }');
  assert.equal(source('call'), '(() => { wasRun = true; })()');
  assert.equal(source('element'), "document.querySelector('#a, .b')");
  assert.equal(source('choice'), 'a ? b : c ?? d?.e');
  assert.equal(source('template'), "`a ${b({ c: '}' })} d`");
  assert.equal(source('sum'), "'a' + 1");
  assert.equal(source('short'), 'short');
  assert.equal(source('onShow'), 'async function (name, ...rest) { return [name, rest]; }');
  assert.equal(globalThis.wasRun, false);
});

test('the options are found in a whole page', () => {
  const page = `<script src="x.js"></script>\n<script>\n const client = new CozeWebSDK.WebChatClient({ config: { botId: '1' } });\n</script>`;
  assert.deepEqual(read(page, ['WebChatClient']), { config: { botId: '1' } });
  assert.deepEqual(read("{ config: { botId: '1' } }", ['WebChatClient']), { config: { botId: '1' } });
});

for (const [text, reason, line] of [
  ['text', 'object', 1],
  ['{\n  a: 1\n  b: 2\n}', 'comma', 2],
  ['{\n  a: f(x)\n  b: 2\n}', 'comma', 2],
  ['{\n  a: [1 2]\n}', 'comma', 2],
  ['{\n  a 1\n}', 'colon', 2],
  ['{\n  a:\n}', 'value', 3],
  ['{\n  , }', 'name', 2],
  ['{ a: "x\n}', 'string', 1],
  ['{\n a: {\n}', 'closed', 1],
  ['{ a: f(}', 'closed', 1],
  ['{\n...a }', 'spread', 2],
  ['{}\ntext', 'more', 2],
  ['{ /* a', 'comment', 1],
  [`${'{a:'.repeat(1000)}`, 'value', 1],
  [`{a: ${'('.repeat(1000)}`, 'value', 1],
])
  test(`an error has its line: ${JSON.stringify(text.slice(0, 24))}`, () => {
    assert.deepEqual(problem(text), [reason, line]);
  });

test('no text makes the reader fail in another way', () => {
  let seed = 7;
  const random = (/** @type {number} */ n) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const pieces = ['{', '}', '[', ']', '(', ')', ':', ',', '?', "'", '"', '`', '${', '\\', '\n', 'a', '1', '...', '//', '/*', '*/', '=>', ' ', '.', 'async ', '</script>'];
  for (let n = 0; n < 5000; n += 1) {
    const text = `{${Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('')}`;
    try {
      read(text);
    } catch (error) {
      assert.ok(error instanceof LiteralError, `${JSON.stringify(text)}: ${error}`);
    }
  }
});

test('what was written is read again', () => {
  const value = { a: "it's </script> \\ \n", 'b-c': [1, true, null, { d: [] }], e: {}, f: '😀"' };
  const text = writeValue(value);
  assert.deepEqual(read(text), value);
  assert.ok(!text.includes('</script'));
  assert.equal(writeValue(readValue('() => false')), '() => false');
});

const TEXT = `new WebChatClient({
  // The bot.
  config: { type: 'bot', botId: '1' }, // its place
  ui: {
    chatBot: {
      title: 'Tea', // in the title bar
    }
  },
  onShow() { return 1; }
});`;
const set = (path, value, text = TEXT) => setMember(text, path.split('.'), value, ['WebChatClient']);

test('a change leaves the rest as it is', () => {
  assert.equal(set('config.botId', '2'), TEXT.replace("'1'", "'2'"));
  assert.equal(set('ui.chatBot.title', undefined), TEXT.replace(/ {2}ui: \{[^]*?\n {2}\},\n/, ''));
  assert.equal(set('config.type', undefined), TEXT.replace("type: 'bot', ", ''));
  assert.equal(set('config.botId', undefined), TEXT.replace(", botId: '1'", ''));
  assert.equal(set('onShow', undefined), TEXT.replace('  onShow() { return 1; }\n', ''));
  assert.equal(set('missing.member', undefined), TEXT);
});

test('members are added where they belong', () => {
  const cases = {
    'ui.chatBot.width': 500,
    'ui.base.lang': 'zh-CN',
    'config.appInfo.appId': '7',
    'userInfo.id': 'u',
    onShow: new Code('() => 2'),
  };
  for (const [path, value] of Object.entries(cases)) {
    const changed = set(path, value);
    const found = path.split('.').reduce((object, name) => object[name], read(changed, ['WebChatClient']));
    assert.deepEqual(found, value, changed);
    for (const comment of ['// The bot.', '// its place', '// in the title bar']) assert.ok(changed.includes(comment));
    // Removing it again changes nothing but commas.
    if (path === 'onShow') continue;
    const bare = (text) => text.replaceAll(',', '');
    assert.equal(bare(set(path, undefined, changed)), bare(TEXT));
  }
  assert.equal(set('a.b', 1, 'new WebChatClient({})'), 'new WebChatClient({\n  a: {\n    b: 1,\n  },\n})');
});

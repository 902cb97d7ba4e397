// Tests of the options of the chat widget, one by one.

import assert from 'node:assert/strict';
import { answers, ask, bot, ready, widgetTest, withChatBot, withOptions, withUi } from './widget-harness.mjs';

const header = (page) => page.locator('.header');

for (const [name, options, check] of [
  ['asstBtn.isNeed', withOptions(`{ ${bot}, ui: { asstBtn: { isNeed: false } } }`, false), async (page) => {
    assert.equal(await page.locator('.launcher').count(), 0);
    await page.evaluate(() => window.client.showChatBot());
    await ready(page);
  }],
  ['header.isShow', withUi('header: { isShow: false }, chatBot: { isNeedClearContext: true, isNeedClearMessage: false, isNeedAddNewConversation: true }'), async (page) => {
    assert.equal(await header(page).count(), 0);
    // Without a title bar, the buttons are in a menu at the input.
    await page.locator('.composer-tools').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'New conversation' }).click();
    assert.equal(await page.locator('.close').count(), 1);
  }],
  ['header.isNeedClose', withUi('header: { isNeedClose: false }'), async (page) => {
    assert.equal(await page.locator('.close').count(), 0);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.window').count(), 1);
  }],
  ['header.extra', withUi(`header: { extra: document.createTextNode('Extra') }`), async (page) => {
    assert.match(await header(page).textContent(), /Extra/);
  }],
  ['footer.isShow', withUi('footer: { isShow: false }'), async (page) => {
    assert.equal(await page.locator('.footer').count(), 0);
  }],
  ['base.icon, lang, zIndex and theme', withUi(`base: { icon: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', lang: 'zh-CN', zIndex: 7, theme: 'dark' }`), async (page) => {
    assert.equal(await header(page).locator('img.avatar').count(), 1);
    const style = (name) => page.locator('.window').evaluate((node, name) => getComputedStyle(node)[name], name);
    assert.equal(await style('zIndex'), '7');
    assert.equal(await style('backgroundColor'), 'rgb(23, 25, 31)');
    assert.equal(await page.getByRole('button', { name: '发送' }).count(), 1);
  }],
  ['base.layout', withUi(`base: { layout: 'mobile' }`), async (page) => {
    const box = await page.locator('.window').boundingBox();
    assert.deepEqual([box.width, box.height], [1280, 800]);
  }],
  ['chatBot.width', withChatBot('width: 600'), async (page) => {
    assert.equal((await page.locator('.window').boundingBox()).width, 600);
  }],
  ['chatBot.el', withChatBot(`el: document.getElementById('place')`), async (page) => {
    const box = await page.locator('.window').boundingBox();
    assert.deepEqual([box.width, box.height], [500, 600]);
    assert.equal(await page.locator('.close').count(), 0);
  }],
  ['chatBot.uploadable and isNeedAudio', withChatBot('uploadable: false, isNeedAudio: false'), async (page) => {
    assert.equal(await page.locator('.attach, .mic').count(), 0);
    await ask(page, 'Hi [answer Hello.]');
    assert.equal(await page.locator('.speak').count(), 0);
  }],
  ['chatBot.isNeedQuote', withChatBot('isNeedQuote: true'), async (page) => {
    await ask(page, 'Hi [answer Quoted text.]');
    await page.getByRole('button', { name: 'Quote', exact: true }).click();
    assert.equal(await page.locator('.composer-quote').textContent(), 'Quoted text.');
    await ask(page, 'Why? [answer Because.]');
    assert.equal(await page.locator('.quoted').textContent(), 'Quoted text.');
    assert.equal(await page.locator('.composer-quote').isVisible(), false);
  }],
  ['chatBot.isNeedClearContext', withChatBot('isNeedClearContext: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    await page.locator('.composer-tools').getByRole('button', { name: 'New context' }).click();
    await page.locator('.entry.divider').waitFor();
  }],
  ['chatBot.isNeedAddNewConversation', withChatBot('isNeedAddNewConversation: true, isNeedClearMessage: false, isNeedClearContext: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    await header(page).getByRole('button', { name: 'New conversation' }).click();
    await page.locator('.entry').first().waitFor({ state: 'detached' });
  }],
  ['chatBot.isNeedClearMessage', withChatBot('isNeedClearMessage: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    const clear = page.getByRole('button', { name: 'Delete messages' });
    await clear.click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await answers(page).count(), 1);
    await clear.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await answers(page).waitFor({ state: 'detached' });
  }],
]) {
  widgetTest(`the option ${name}`, options, async (page) => {
    if (!name.startsWith('asstBtn')) await ready(page);
    await check(page);
  });
}

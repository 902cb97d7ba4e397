// Stories of bots, workflows, knowledge, speech and accounts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIError, CozeAPI, WorkflowEventType } from '@coze/api';
import {
  ASKING_WORKFLOW,
  base,
  BOT,
  CHATFLOW,
  collect,
  coze,
  file as uploaded,
  question,
  refused,
  TEMPLATE,
  USER,
  WORKFLOW,
  WORKSPACE,
} from './support.mjs';

test('the life of a bot', async () => {
  const prompt_info = { prompt: 'You know trains.' };
  const { bot_id } = await coze.bots.create({ space_id: WORKSPACE, name: 'Trains', prompt_info });
  await refused(4015, () => coze.bots.retrieve({ bot_id }));
  await coze.bots.update({ bot_id, name: 'More trains', prompt_info });
  assert.equal((await coze.bots.retrieveNew(bot_id, { is_published: false })).name, 'More trains');
  await coze.bots.publish({ bot_id, connector_ids: ['1024'] });
  assert.equal((await coze.bots.retrieve({ bot_id })).name, 'More trains');
  const published = await coze.bots.list({ space_id: WORKSPACE, page_size: 20 });
  assert.ok(published.space_bots.some((each) => each.bot_id === bot_id));
  const pages = [];
  for (const page_num of [1, 2])
    pages.push(await coze.bots.listNew({ workspace_id: WORKSPACE, page_num, page_size: 1 }));
  assert.equal(new Set(pages.map(({ items }) => items[0].id)).size, 2);
  await refused(4200, () => coze.bots.retrieve({ bot_id: '1' }));
});

test('variables', async () => {
  const data = [{ keyword: 'city', value: 'Kunming' }];
  await coze.variables.update({ connector_uid: 'peer', bot_id: BOT, data });
  const { items } = await coze.variables.retrieve({ connector_uid: 'peer', bot_id: BOT, keywords: ['city'] });
  assert.deepEqual(
    items.map(({ keyword, value }) => [keyword, value]),
    [['city', 'Kunming']],
  );
});

test('a workflow that runs, in the background too', async () => {
  const { runs } = coze.workflows;
  const run = await runs.create({ workflow_id: WORKFLOW, parameters: { city: 'Kunming' } });
  assert.match(run.data, /Kunming/);
  const { execute_id } = await runs.create({ workflow_id: WORKFLOW, parameters: { city: 'Kunming' }, is_async: true });
  let history;
  do [history] = await runs.history(WORKFLOW, execute_id);
  while (history.execute_status === 'Running');
  assert.equal(history.execute_status, 'Success');
  assert.match(history.output, /Kunming/);
});

test('a workflow that streams, asks and fails', async () => {
  const { runs } = coze.workflows;
  const text = async (events) => {
    const all = [];
    for await (const event of events) all.push(event);
    const messages = all.filter(({ event }) => event === WorkflowEventType.MESSAGE);
    return { all, text: messages.map(({ data }) => data.content).join('') };
  };
  assert.match((await text(runs.stream({ workflow_id: WORKFLOW, parameters: { city: 'Kunming' } }))).text, /Kunming/);
  const asked = (await text(runs.stream({ workflow_id: ASKING_WORKFLOW }))).all.at(-1);
  assert.equal(asked.event, WorkflowEventType.INTERRUPT);
  const { event_id, type } = asked.data.interrupt_data;
  const answer = { workflow_id: ASKING_WORKFLOW, event_id, interrupt_type: type, resume_data: 'Monday' };
  assert.match((await text(runs.resume(answer))).text, /Monday/);
  const parameters = { text: '[fail 5000 Out of order]' };
  const failed = (await text(runs.stream({ workflow_id: WORKFLOW, parameters }))).all;
  const { data } = failed.find(({ event }) => event === WorkflowEventType.ERROR);
  assert.deepEqual([data.error_code, data.error_message], [5000, 'Out of order']);
});

test('a chatflow', async () => {
  const call = { workflow_id: CHATFLOW, bot_id: BOT, additional_messages: [question('Hello!')], parameters: {} };
  assert.ok((await collect(coze.workflows.chat.stream(call))).text);
});

test('a knowledge base', async () => {
  const { datasets } = coze;
  const { dataset_id } = await datasets.create({ name: 'Trains', space_id: WORKSPACE, format_type: 0 });
  await datasets.update(dataset_id, { name: 'All trains', description: 'Every one.' });
  const { dataset_list } = await datasets.list({ space_id: WORKSPACE });
  assert.equal(dataset_list.find((each) => each.dataset_id === dataset_id).name, 'All trains');
  const file_base64 = Buffer.from('At noon.').toString('base64');
  const [{ document_id }] = await datasets.documents.create({
    dataset_id,
    document_bases: [{ name: 'times.txt', source_info: { file_base64, file_type: 'txt' } }],
    chunk_strategy: { chunk_type: 0 },
    format_type: 0,
  });
  let status;
  do [{ status }] = (await datasets.process(dataset_id, { document_ids: [document_id] })).data;
  while (status === 0);
  assert.equal(status, 1);
  await datasets.documents.update({ document_id, document_name: 'noon.txt' });
  const { document_infos } = await datasets.documents.list({ dataset_id });
  assert.deepEqual(
    document_infos.map(({ name }) => name),
    ['noon.txt'],
  );
  await datasets.documents.delete({ document_ids: [document_id] });
  await datasets.delete(dataset_id);
  const { dataset_list: left } = await datasets.list({ space_id: WORKSPACE });
  assert.ok(!left.some((each) => each.dataset_id === dataset_id));
});

test('images of a knowledge base', async () => {
  const { datasets } = coze;
  const { dataset_id } = await datasets.create({ name: 'Pictures', space_id: WORKSPACE, format_type: 2 });
  const { id } = await coze.files.upload({ file: uploaded('train.png', '\x89PNG') });
  const [{ document_id }] = await datasets.documents.create({
    dataset_id,
    document_bases: [{ name: 'train.png', source_info: { source_file_id: id, document_source: 5 } }],
    chunk_strategy: { chunk_type: 0 },
    format_type: 2,
  });
  await datasets.images.update(dataset_id, document_id, { caption: 'A train.' });
  const { photo_infos } = await datasets.images.list(dataset_id, { keyword: 'train' });
  assert.deepEqual(
    photo_infos.map(({ caption }) => caption),
    ['A train.'],
  );
});

test('speech and voices', async () => {
  const { voice_list } = await coze.audio.voices.list({ page_size: 1 });
  const [{ voice_id }] = voice_list;
  const input = 'The train leaves at noon.';
  const speech = Buffer.from(await coze.audio.speech.create({ input, voice_id, response_format: 'wav' }));
  assert.equal(speech.subarray(0, 4).toString(), 'RIFF');
  const recording = () => uploaded('train.wav', speech);
  assert.equal((await coze.audio.transcriptions.create({ file: recording() })).text, input);
  const clone = { voice_name: 'My own voice', file: recording(), audio_format: 'wav', language: 'en' };
  assert.ok((await coze.audio.voices.clone(clone)).voice_id);
  assert.ok((await coze.audio.rooms.create({ bot_id: BOT, voice_id, connector_id: '1024' })).token);
});

test('voiceprints', async () => {
  const groups = coze.audio.voiceprintGroups;
  const { id } = await groups.create({ name: 'Drivers', desc: 'Who drives the trains.' });
  await groups.update(id, { name: 'All drivers' });
  const voice = () => uploaded('voice.wav', 'RIFF\0\0\0\0WAVE');
  const feature = await groups.features.create(id, { name: 'Ada', file: voice(), desc: 'She drives.' });
  const { feature_score_list } = await groups.features.speakerIdentify(id, { file: voice(), top_k: 1 });
  assert.deepEqual(
    feature_score_list.map(({ feature_id }) => feature_id),
    [feature.id],
  );
  await groups.features.delete(id, feature.id);
  assert.deepEqual((await groups.features.list(id)).items, []);
  await groups.delete(id);
});

test('accounts, templates and errors', async () => {
  assert.equal((await coze.users.me()).user_id, USER);
  const { workspaces } = await coze.workspaces.list({ page_size: 10 });
  assert.ok(workspaces.some(({ id }) => id === WORKSPACE));
  const copy = await coze.templates.duplicate(TEMPLATE, { workspace_id: WORKSPACE, name: 'A copy' });
  assert.equal((await coze.bots.retrieveNew(copy.entity_id, { is_published: false })).name, 'A copy');
  const stranger = new CozeAPI({ token: '', baseURL: base });
  await assert.rejects(() => stranger.users.me(), (error) => error instanceof APIError && error.status === 401);
});

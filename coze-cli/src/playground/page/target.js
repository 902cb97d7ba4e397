// The API that calls go to: its name in the header, and the dialog that switches it.

import { accountForm } from './account.js';
import { fetchState, forgetToken, resetMock, selectTarget, setFaults, showsTarget } from './api.js';
import { dialog } from './dialog.js';
import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { hostOf } from './sites.js';
import { flush } from './store.js';

/** @typedef {import('./api.js').State} State */

/** The faults of the mock that can be chosen, as the mock writes them. */
const FAULTS = [
  { id: 'rate', fault: 'status=429;code=4013;retry-after=1' },
  { id: 'unavailable', fault: 'status=503' },
  { id: 'token', fault: 'expired-token' },
  { id: 'slow', fault: 'latency=3s' },
  { id: 'half', fault: 'truncate=50%' },
  { id: 'html', fault: 'html' },
];

/** Returns the region of an API, if its host names one. @param {State} state */
function regionOf(state) {
  if (state.platform === 'studio') return t('region.studio');
  const host = hostOf(state);
  if (host.endsWith('.coze.cn')) return t('region.cn');
  return host.endsWith('.coze.com') ? t('region.com') : '';
}

/** Returns the name of the source of the credentials. @param {State} state */
export function apiName(state) {
  return state.profile ?? t(state.entered ? 'target.entered' : 'target.environment');
}

/** Returns a name of the API that differs between those that share no objects. @param {State} state */
export function scopeOf(state) {
  if (state.backend === 'mock') return 'mock';
  // The prefix keeps the names of profiles apart from the others.
  if (state.profile) return `profile.${state.profile}`;
  return state.entered ? 'entered' : 'environment';
}

/** Creates the button that shows where calls go. @param {State} state */
export function targetButton(state) {
  const mock = state.backend === 'mock';
  const fault = FAULTS.find((each) => each.fault === state.faults[0]);
  const facts = mock
    ? [t('backend.mock'), fault && t(`fault.${fault.id}`)]
    : [t('backend.real'), hostOf(state), regionOf(state), apiName(state)];
  const live = !mock || fault !== undefined;
  return button(facts.filter(Boolean).join(' · '), () => openTarget(state), {
    class: `backend ${live ? 'live' : 'mock'}`,
    title: state.base_url,
    'aria-haspopup': 'dialog',
  });
}

/**
 * Shows the APIs to choose from. With `entering`, the form for a token is open.
 * @param {State} state @param {boolean} [entering]
 */
export function openTarget(state, entering = false) {
  const problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
  /** Changes the server, and loads the page again for it. @param {() => Promise<State>} change */
  const apply = async (change) => {
    try {
      await flush();
      // This page is about to show the other API.
      showsTarget('', () => {});
      await change();
      location.reload();
    } catch (error) {
      showsTarget(state.target, showSwitched);
      setChildren(problem, error instanceof Error ? error.message : String(error));
      problem.hidden = false;
    }
  };
  const { node, close } = dialog(t('target.title'), () => {}, [
    h('p', { class: 'help' }, t('target.help')),
    h('ul', { class: 'targets' }, targets(state, apply)),
    accountForm(apply, entering),
    problem,
    state.backend === 'mock' && mockActions(state, apply),
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  document.body.append(node);
  node.showModal();
}

/** Says that another tab has switched the API, and loads the page again for it. */
function showSwitched() {
  if (document.querySelector('dialog.switched')) return;
  const reload = () => void flush().then(() => location.reload());
  const { node, close } = dialog(t('target.switched'), reload, [
    h('p', null, t('target.switched.help')),
    h(
      'div',
      { class: 'dialog-foot' },
      button(t('target.switched.reload'), () => close(''), { class: 'primary', autofocus: true }),
    ),
  ]);
  node.classList.add('switched');
  document.body.append(node);
  node.showModal();
}

/** Watches if another tab switches the API that the page shows. @param {State} state */
export function watchTarget({ target }) {
  showsTarget(target, showSwitched);
  document.addEventListener('visibilitychange', async () => {
    if (document.visibilityState !== 'visible') return;
    // If the server does not respond, the next call says so.
    const current = await fetchState().catch(() => null);
    if (current && current.target !== target) showSwitched();
  });
}

/** @param {State} state @param {(change: () => Promise<State>) => void} apply */
function targets(state, apply) {
  const current = scopeOf(state);
  /** @param {string} scope @param {string} name @param {string} where @param {Parameters<typeof selectTarget>[0]} source @param {Node} [more] */
  const entry = (scope, name, where, source, more) =>
    h(
      'li',
      null,
      button(name, () => apply(() => selectTarget(source)), {
        class: 'target',
        'aria-pressed': String(scope === current),
        disabled: scope === current,
      }),
      h('span', { class: 'muted' }, where),
      more,
    );
  const forget = button(t('target.entered.forget'), () => apply(forgetToken), {
    class: 'quiet small',
    'aria-label': `${t('target.entered.forget')}: ${t('target.entered')}`,
  });
  return [
    entry('mock', t('backend.mock'), t('target.mock'), 'mock'),
    state.environment &&
      entry('environment', t('target.environment'), t('target.environment.help'), 'environment'),
    state.entered_url &&
      entry('entered', t('target.entered'), state.entered_url, 'entered', forget),
    ...state.profiles.map(({ name, base_url }) => entry(name, name, base_url, { profile: name })),
    !state.profiles.length && !state.entered_url && h('li', { class: 'help' }, t('target.none')),
  ];
}

/** @param {State} state @param {(change: () => Promise<State>) => void} apply */
function mockActions(state, apply) {
  const choice = h(
    'select',
    { id: 'mock-fault' },
    h('option', { value: '' }, t('fault.none')),
    FAULTS.map(({ id, fault }) => h('option', { value: fault }, t(`fault.${id}`))),
  );
  choice.value = state.faults[0] ?? '';
  choice.addEventListener('change', () =>
    apply(() => setFaults(choice.value ? [choice.value] : [])),
  );
  return h(
    'section',
    { class: 'mock-actions' },
    h('label', { for: 'mock-fault' }, t('fault.label')),
    choice,
    button(t('target.reset'), () => apply(resetMock), { class: 'small' }),
    h('p', { class: 'help' }, t('target.reset.help')),
  );
}

// The style of the widget. It does not leak into the page, nor the style of the page into it.

const CSS = `
:host { all: initial; color-scheme: light; }
.widget {
  --accent: #4d53e8; --accent-strong: #3d42c9; --on-accent: #fff; --accent-soft: #eef0ff;
  --surface: #fff; --surface-2: #f5f6f8; --surface-3: #eceef2; --line: #e4e6eb;
  --text: #1d2129; --text-2: #5a6170; --danger: #c4281f; --danger-soft: #fdf0ef;
  --bubble-user: #4d53e8; --on-bubble-user: #fff; --code: #f5f6f8;
  --shadow: 0 12px 40px rgba(20, 24, 40, .16), 0 2px 8px rgba(20, 24, 40, .08);
  font: 15px/1.6 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  color: var(--text); text-align: start; letter-spacing: normal; -webkit-font-smoothing: antialiased;
}
DARK
.widget *, .widget *::before, .widget *::after { box-sizing: border-box; }
.widget.inside { height: 100%; }
[hidden] { display: none !important; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; border-radius: 8px; -webkit-tap-highlight-color: transparent; }
button:disabled { cursor: default; }
p, h2, ul, ol, pre, blockquote { margin: 0; padding: 0; }
a { color: var(--accent); }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
textarea:focus-visible, .window:focus-visible, .messages:focus-visible, [role="dialog"]:focus-visible { outline: none; }
.messages:focus-visible { box-shadow: inset 0 0 0 2px var(--accent); }
.hidden-text { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip: rect(0 0 0 0); white-space: nowrap; border: 0; padding: 0; }
.icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; flex: none; display: block; }
.icon-more { stroke-width: 2.8; }
.icon-stop { fill: currentColor; }

.launcher.icon-button { position: fixed; right: 30px; bottom: 30px; width: 56px; height: 56px; border-radius: 50%; z-index: var(--coze-z-index, 1000);
  display: flex; align-items: center; justify-content: center; color: var(--on-accent); background: var(--accent);
  box-shadow: 0 8px 24px rgba(60, 64, 200, .35); transition: transform .18s ease, background .18s ease; overflow: hidden; }
.launcher.icon-button { color: var(--on-accent); }
.launcher.icon-button:hover { transform: scale(1.07); color: var(--on-accent); background: var(--accent-strong); }
.launcher .icon { width: 28px; height: 28px; }
.launcher img { width: 100%; height: 100%; object-fit: cover; }
.launcher.icon-button.mobile { right: 24px; bottom: 24px; width: 48px; height: 48px; }

.window { position: fixed; right: 20px; bottom: 20px; z-index: var(--coze-z-index, 1000); display: flex; overflow: hidden;
  width: var(--coze-width, 460px); max-width: calc(100vw - 40px); height: calc(100% - 40px); min-height: min(400px, 100%); max-height: 1200px;
  background: var(--surface); border-radius: 16px; box-shadow: var(--shadow); border: 1px solid var(--line); animation: appear .2s ease; }
.window.mobile { top: 0; right: 0; bottom: 0; left: 0; width: auto; max-width: none; height: auto; max-height: none; border-radius: 0; border: 0; }
.window.inside { position: relative; right: 0; bottom: 0; z-index: 0; width: 100%; max-width: none; height: 100%; max-height: none; min-height: 0; border: 0; border-radius: inherit; box-shadow: none; }
.main { flex: 1; min-width: 0; display: flex; flex-direction: column; position: relative; }
.has-background .main { background: linear-gradient(rgba(0,0,0,.28), rgba(0,0,0,.28)), var(--background-image) center / cover; }
@keyframes appear { from { opacity: 0; transform: translateY(12px); } }

.header { height: 56px; flex: none; display: flex; align-items: center; padding: 0 12px 0 16px; border-bottom: 1px solid var(--line); }
.has-background .header { border-color: transparent; color: #fff; }
.list-button { margin-inline-start: -8px; margin-inline-end: 4px; }
.avatar { width: 28px; height: 28px; border-radius: 8px; object-fit: cover; display: flex; align-items: center; justify-content: center; background: var(--accent-soft); color: var(--accent); }
.avatar .icon { width: 18px; height: 18px; }
.title { flex: 1; min-width: 0; margin: 0 10px; font-size: 16px; line-height: 24px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.header-tools { display: flex; }
.no-header { position: absolute; top: 8px; left: 12px; right: 12px; z-index: 2; display: flex; pointer-events: none; }
.no-header > * { pointer-events: auto; background: var(--surface); box-shadow: 0 1px 4px rgba(20, 24, 40, .14); }
.no-header .close { margin-inline-start: auto; }
.icon-button { width: 32px; height: 32px; display: inline-flex; align-items: center; justify-content: center; color: var(--text-2); transition: background .15s ease, color .15s ease; flex: none; }
.icon-button:hover:not(:disabled) { background: var(--surface-3); color: var(--text); }
.icon-button:disabled { opacity: .4; }
.has-background .header .icon-button { color: #fff; }
.has-background .header .icon-button:hover { background: rgba(255, 255, 255, .2); color: #fff; }

.messages { flex: 1; min-height: 0; overflow-y: auto; overflow-x: hidden; overscroll-behavior: contain; }
.messages-inner { max-width: 780px; margin: 0 auto; padding: 20px 20px 12px; display: flex; flex-direction: column; }
.entry { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 6px; }
.entry.question { align-items: flex-end; margin-top: 14px; }
.entry.divider { align-items: stretch; margin: 18px 0; }
.entry.divider span { display: flex; align-items: center; color: var(--text-2); font-size: 12px; text-align: center; }
.entry.divider span::before, .entry.divider span::after { content: ""; flex: 1 0 16px; height: 1px; background: var(--line); }
.entry.divider span::before { margin-inline-end: 12px; }
.entry.divider span::after { margin-inline-start: 12px; }
.author { display: flex; align-items: center; color: var(--text-2); font-size: 12px; margin-bottom: 4px; }
.author .avatar { width: 20px; height: 20px; border-radius: 50%; margin-inline-start: 6px; }
.bubble { max-width: 100%; overflow-wrap: anywhere; word-break: break-word; }
.question .bubble { max-width: 86%; padding: 9px 14px; border-radius: 16px 16px 4px 16px; background: var(--bubble-user); color: var(--on-bubble-user); white-space: pre-wrap; }
.answer .bubble, .greeting .bubble { padding: 10px 14px; border-radius: 4px 16px 16px 16px; background: var(--surface-2); max-width: 100%; }
.has-background .answer .bubble, .has-background .greeting .bubble { background: var(--surface); }
.quoted { max-width: 86%; margin-bottom: 4px; padding: 4px 10px; border-inline-start: 3px solid var(--line); color: var(--text-2); font-size: 13px;
  display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; white-space: pre-wrap; }
.actions { display: flex; min-height: 32px; margin-top: 2px; opacity: 0; transition: opacity .15s ease; }
.entry:hover .actions, .entry:focus-within .actions, .entry.last .actions { opacity: 1; }
.actions .icon-button { width: 30px; height: 30px; }
.actions .icon { width: 16px; height: 16px; }
.question .actions { margin-bottom: -12px; }
.has-background .actions .icon-button, .has-background .entry.divider span, .has-background .footer, .has-background .footer a { color: #fff; }
.actions [aria-pressed="true"] { color: var(--accent); }
.actions [aria-pressed="true"] .icon { fill: var(--accent-soft); }
.state { color: var(--text-2); font-size: 13px; margin: 4px 2px 0; }
.entry.error p { display: flex; align-items: flex-start; padding: 10px 14px; border-radius: 12px; color: var(--danger); background: var(--danger-soft); }
.entry.error .icon { margin: 2px 8px 0 0; }
.retry { margin-top: 8px; }
.typing { display: flex; padding: 12px 14px; }
.typing i { width: 7px; height: 7px; margin-inline-end: 5px; border-radius: 50%; background: var(--text-2); opacity: .35; animation: blink 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .2s; } .typing i:nth-child(3) { animation-delay: .4s; }
@keyframes blink { 40% { opacity: 1; } }

.greeting { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 8px; }
.greeting-head { display: flex; align-items: center; margin: 4px 0 12px; }
.greeting-head .avatar { width: 44px; height: 44px; border-radius: 12px; }
.greeting-head .avatar .icon { width: 26px; height: 26px; }
.greeting-name { margin-inline-start: 12px; font-size: 18px; line-height: 26px; font-weight: 600; overflow-wrap: anywhere; }
.has-background .greeting-name { color: #fff; }
.suggestions { display: flex; flex-direction: column; align-items: flex-start; margin: 8px 0 4px; max-width: 100%; }
.suggestion { max-width: 100%; margin-bottom: 8px; padding: 7px 14px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); text-align: start; font-size: 14px; overflow-wrap: anywhere; transition: border-color .15s ease, background .15s ease; }
.card .suggestion { margin-inline-end: 8px; }
.suggestion:hover { border-color: var(--accent); background: var(--accent-soft); }

.markdown > *:first-child { margin-top: 0; } .markdown > *:last-child { margin-bottom: 0; }
.markdown p, .markdown ul, .markdown ol, .markdown blockquote, .markdown .code, .markdown .table { margin: 0 0 10px; }
.markdown .heading { font-weight: 600; margin-top: 14px; }
.markdown .heading-1 { font-size: 19px; line-height: 28px; } .markdown .heading-2 { font-size: 17px; line-height: 26px; }
.markdown ul, .markdown ol { padding-inline-start: 22px; } .markdown li { margin: 2px 0; } .markdown li > p { margin-bottom: 4px; }
.markdown li.task { list-style: none; margin-inline-start: -20px; } .markdown li.task input { margin: 0 7px 0 0; vertical-align: -1px; }
.markdown blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line); color: var(--text-2); }
.markdown hr { border: 0; border-top: 1px solid var(--line); margin: 14px 0; }
.markdown code, pre { font: 13px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.markdown :not(pre) > code { padding: 1px 5px; border-radius: 5px; background: var(--surface-3); }
.code { border: 1px solid var(--line); border-radius: 10px; overflow: hidden; background: var(--surface); }
.code-bar { display: flex; align-items: center; justify-content: space-between; padding: 0 4px 0 12px; min-height: 32px; font-size: 12px; color: var(--text-2); background: var(--surface-3); }
.code-bar .icon-button { width: 28px; height: 28px; } .code-bar .icon { width: 15px; height: 15px; }
pre { overflow-x: auto; padding: 10px 12px; white-space: pre; tab-size: 4; }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 7px 12px; text-align: start; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 64px; }
th { font-weight: 600; background: var(--surface-3); } tr:last-child td { border-bottom: 0; }
.align-center { text-align: center; } .align-right { text-align: right; }
.picture { display: inline-block; max-width: 100%; border-radius: 12px; overflow: hidden; vertical-align: top; cursor: zoom-in; }
.picture img { display: block; max-width: 100%; max-height: 260px; border-radius: 12px; background: var(--surface-3); }
.reasoning { margin-bottom: 6px; font-size: 13px; color: var(--text-2); max-width: 100%; }
.reasoning p { white-space: pre-wrap; overflow-wrap: anywhere; padding: 4px 0 4px 12px; margin-inline-start: 7px; border-inline-start: 2px solid var(--line); }
summary { display: flex; align-items: center; cursor: pointer; list-style: none; border-radius: 8px; padding: 3px 0; }
summary::-webkit-details-marker { display: none; }
summary .icon { width: 16px; height: 16px; margin-inline-end: 6px; }
summary .icon-chevron { transition: transform .15s ease; } details[open] > summary .icon-chevron { transform: rotate(90deg); }
.entry.tool details { max-width: 100%; font-size: 13px; color: var(--text-2); border: 1px solid var(--line); border-radius: 10px; padding: 3px 10px; background: var(--surface); }
.entry.tool .icon-chevron { margin: 0 0 0 8px; }
.entry.tool .running summary { animation: pulse 1.4s infinite; }
.tool-body { padding: 2px 0 8px; color: var(--text); } .tool-title { font-size: 12px; color: var(--text-2); margin-top: 4px; }
.tool-body pre { background: var(--code); border-radius: 8px; max-height: 220px; overflow: auto; margin-top: 4px; }
.card details { font-size: 12px; color: var(--text-2); } .card p { margin-bottom: 8px; }
.files { display: flex; flex-wrap: wrap; justify-content: flex-end; max-width: 86%; margin: -3px -3px 3px; }
.entry.answer .files { justify-content: flex-start; } .files > * { margin: 3px; } .files .picture img { max-width: 200px; max-height: 160px; }
.file-card, .attachment { display: flex; align-items: center; max-width: 240px; padding: 8px 12px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--text); text-decoration: none; font-size: 13px; line-height: 18px; }
.file-card > .icon, .attachment > .icon { color: var(--accent); }
.file-text { min-width: 0; margin: 0 4px 0 8px; display: flex; flex-direction: column; }
.file-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .file-size { color: var(--text-2); font-size: 12px; line-height: 16px; }

.composer { flex: none; width: 100%; max-width: 780px; margin: 0 auto; padding: 4px 16px 10px; }
.shortcuts { display: flex; flex-wrap: wrap; }
.shortcut { margin: 0 8px 8px 0; padding: 3px 12px; border: 1px solid var(--line); border-radius: 999px; font-size: 13px; background: var(--surface); }
.shortcut:hover { border-color: var(--accent); }
.composer-row { display: flex; align-items: flex-end; }
.composer-tools { position: relative; margin: 0 6px 6px -8px; flex: none; } .composer-tools:empty { display: none; }
.has-background .composer-tools .icon-button { color: #fff; }
.composer-box { flex: 1; min-width: 0; border: 1px solid var(--line); border-radius: 16px; background: var(--surface); transition: border-color .15s ease, box-shadow .15s ease; }
.composer-box:focus-within { border-color: var(--accent); box-shadow: 0 0 0 3px var(--accent-soft); }
.composer-main { display: flex; align-items: flex-end; padding: 5px; }
.composer-input { flex: 1; min-width: 0; height: 34px; max-height: 160px; padding: 5px 4px 5px 10px; border: 0; background: none; resize: none; line-height: 24px; }
.composer-input::placeholder, .input::placeholder { color: var(--text-2); opacity: 1; }
.composer-buttons { display: flex; align-items: center; }
.composer-buttons .icon-button { width: 34px; height: 34px; margin-inline-start: 2px; border-radius: 10px; }
.composer-buttons .send, .record-stop { background: var(--accent); color: var(--on-accent); }
.composer-buttons .send:hover:not(:disabled), .record-stop:hover:not(:disabled) { background: var(--accent-strong); color: var(--on-accent); }
.composer-buttons .send:disabled { background: var(--surface-3); color: var(--text-2); opacity: 1; }
.composer-buttons .stop { background: var(--text); color: var(--surface); }
.composer-buttons .stop:hover:not(:disabled) { background: var(--text-2); color: var(--surface); }
.composer-quote { display: flex; align-items: center; margin: 8px 8px 0; padding-inline-start: 10px; border-inline-start: 3px solid var(--accent); font-size: 13px; color: var(--text-2); }
.composer-quote span { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.composer-files { display: flex; flex-wrap: wrap; padding: 8px 8px 0; } .composer-files > * { margin: 0 6px 6px 0; }
.attachment { padding: 5px 5px 5px 8px; background: var(--surface-2); border-color: transparent; }
.attachment img { width: 36px; height: 36px; border-radius: 8px; object-fit: cover; margin-inline-start: -3px; }
.attachment .icon-button { width: 26px; height: 26px; } .attachment .icon-button .icon { width: 14px; height: 14px; }
.attachment .file-name { max-width: 120px; }
.composer-hint { padding: 0 12px 4px; font-size: 13px; color: var(--text-2); }
progress { width: 100%; min-width: 80px; height: 4px; margin: 6px 0; appearance: none; -webkit-appearance: none; border: 0; border-radius: 2px; background: var(--surface-3); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--surface-3); } progress::-webkit-progress-value { background: var(--accent); transition: width .2s ease; } progress::-moz-progress-bar { background: var(--accent); }
.recording { flex: 1; display: flex; align-items: center; height: 34px; padding: 0 10px; color: var(--text-2); }
.pulse { width: 10px; height: 10px; margin-inline-end: 10px; border-radius: 50%; background: var(--danger); animation: pulse 1.2s infinite; }
@keyframes pulse { 50% { opacity: .35; } }
.footer { flex: none; min-height: 20px; margin-top: -4px; padding: 0 16px 10px; font-size: 12px; line-height: 16px; text-align: center; color: var(--text-2); }
.footer a { color: inherit; }
.latest-place { position: relative; height: 0; z-index: 1; }
.latest { position: absolute; left: 50%; bottom: 10px; margin-inline-start: -16px; border-radius: 50%; background: var(--surface); border: 1px solid var(--line); box-shadow: 0 2px 10px rgba(20, 24, 40, .14); }
.older { align-self: center; margin-bottom: 12px; }

.plain, .primary { padding: 6px 14px; border-radius: 10px; font-size: 14px; line-height: 22px; display: inline-flex; align-items: center; }
.plain { border: 1px solid var(--line); background: var(--surface); } .plain:hover { background: var(--surface-3); }
.primary { background: var(--accent); color: var(--on-accent); border: 1px solid transparent; } .primary:hover { background: var(--accent-strong); }
.plain .icon { width: 16px; height: 16px; margin-inline-end: 6px; }
.screen { flex: 1; min-height: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 24px; text-align: center; }
.failure { display: flex; flex-direction: column; align-items: center; margin-bottom: 16px; color: var(--text-2); overflow-wrap: anywhere; }
.failure .icon { width: 32px; height: 32px; margin-bottom: 8px; } .failure-title { color: var(--text); font-weight: 600; }
.spinner { width: 26px; height: 26px; border-radius: 50%; border: 3px solid var(--surface-3); border-top-color: var(--accent); animation: turn .9s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }

.sidebar { width: 260px; flex: none; display: flex; flex-direction: column; padding: 12px; background: var(--surface-2); border-inline-end: 1px solid var(--line); }
.window:not(.wide) .sidebar { position: absolute; top: 0; bottom: 0; left: 0; width: min(320px, 86%); z-index: 5; background: var(--surface); box-shadow: var(--shadow); }
.veil { display: none; } .window.list-open:not(.wide) .veil { display: block; position: absolute; top: 0; right: 0; bottom: 0; left: 0; z-index: 4; background: rgba(15, 18, 30, .4); }
.new-conversation { padding: 8px 12px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); font-weight: 600; font-size: 14px; } .new-conversation:hover { border-color: var(--accent); color: var(--accent); }
.conversation-list { flex: 1; min-height: 0; overflow-y: auto; margin: 8px -4px 0; padding: 0 4px; }
.conversation-list ul { list-style: none; } .conversation-list li { position: relative; display: flex; align-items: center; border-radius: 10px; margin-bottom: 2px; }
.conversation-list li:hover { background: var(--surface-3); } .conversation-list .current { background: var(--accent-soft); } .current .conversation { color: var(--accent); font-weight: 600; }
.conversation { flex: 1; min-width: 0; padding: 7px 4px 7px 10px; text-align: start; font-size: 14px; line-height: 22px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.group, .empty { padding: 10px 10px 4px; font-size: 12px; color: var(--text-2); }

.layer { position: absolute; top: 0; right: 0; bottom: 0; left: 0; z-index: 10; display: flex; align-items: center; justify-content: center; padding: 20px; background: rgba(15, 18, 30, .45); animation: fade .15s ease; }
@keyframes fade { from { opacity: 0; } }
.layer.bottom { align-items: flex-end; padding: 12px; } .layer.dark { background: rgba(8, 10, 16, .9); padding: 0; }
.dialog { width: 100%; max-width: 380px; max-height: 100%; overflow-y: auto; padding: 20px; border-radius: 16px; background: var(--surface); box-shadow: var(--shadow); }
.layer.bottom .dialog { max-width: 520px; }
.dialog label { display: block; margin: 10px 0 4px; font-size: 13px; color: var(--text-2); } .dialog-title { font-weight: 600; font-size: 16px; }
.dialog-buttons { display: flex; justify-content: flex-end; margin-top: 18px; } .dialog-buttons > * { margin-inline-start: 8px; }
.input { display: block; width: 100%; padding: 8px 12px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); resize: vertical; } .input:focus { border-color: var(--accent); box-shadow: 0 0 0 3px var(--accent-soft); }
.dialog textarea { margin-top: 12px; } .input-help { margin-top: 2px; font-size: 12px; color: var(--text-2); }
.tags { display: flex; flex-wrap: wrap; margin: 12px 0 0; } .tag { margin: 0 8px 8px 0; padding: 4px 12px; border: 1px solid var(--line); border-radius: 999px; font-size: 14px; }
.tag[aria-pressed="true"] { border-color: var(--accent); background: var(--accent-soft); color: var(--accent); }
.menu { position: absolute; bottom: calc(100% + 4px); left: 0; z-index: 6; min-width: 150px; padding: 4px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); box-shadow: var(--shadow); display: flex; flex-direction: column; }
.conversation-list .menu { top: calc(100% - 4px); bottom: auto; left: auto; right: 4px; }
.menu button { padding: 6px 12px; text-align: start; font-size: 14px; white-space: nowrap; } .menu button:hover, .menu button:focus { background: var(--surface-3); }
.notices { position: absolute; left: 16px; right: 16px; bottom: 96px; z-index: 11; display: flex; justify-content: center; pointer-events: none; }
.notice { max-width: 100%; padding: 8px 14px; border-radius: 10px; font-size: 14px; background: var(--text); color: var(--surface); box-shadow: var(--shadow); overflow-wrap: anywhere; animation: appear .15s ease; } .notice.error { background: var(--danger); color: #fff; }
.preview { position: relative; width: 100%; height: 100%; display: flex; align-items: center; justify-content: center; padding: 20px; } .preview img { max-width: 100%; max-height: 100%; border-radius: 8px; }
.preview-close { position: absolute; top: 12px; right: 12px; color: #fff; background: rgba(255, 255, 255, .16); }
.drop-hint { display: none; } .dropping .drop-hint { position: absolute; top: 8px; right: 8px; bottom: 8px; left: 8px; z-index: 9; display: flex; align-items: center; justify-content: center; border: 2px dashed var(--accent); border-radius: 14px; background: var(--accent-soft); color: var(--accent); font-weight: 600; opacity: .96; pointer-events: none; }
@media (max-width: 480px) {
  .window.pc { top: 0; right: 0; bottom: 0; left: 0; width: auto; max-width: none; height: auto; max-height: none; border-radius: 0; border: 0; }
  .messages-inner { padding: 16px 16px 12px; } .composer { padding: 4px 12px 8px; }
  .composer-input, .input { font-size: 16px; }
}
@media (hover: none) { .actions { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;

const DARK = `
  color-scheme: dark;
  --accent: #9aa0ff; --accent-strong: #b4b8ff; --on-accent: #14162b; --accent-soft: #262a4a;
  --surface: #17191f; --surface-2: #21242c; --surface-3: #2c303a; --line: #363b46;
  --text: #eceef3; --text-2: #a3abba; --danger: #ff9a92; --danger-soft: #3a2220;
  --bubble-user: #3f45c4; --on-bubble-user: #fff; --code: #0f1115;
  --shadow: 0 12px 40px rgba(0, 0, 0, .55);
`;

const DARK_RULES = `
:host([data-theme="dark"]) .widget { ${DARK} }
@media (prefers-color-scheme: dark) { :host([data-theme="auto"]) .widget { ${DARK} } }
`;

/** The complete style. */
export const STYLE = CSS.replace('DARK\n', DARK_RULES);

/** Applies the style to a shadow root. @param {ShadowRoot} root */
export function applyStyle(root) {
  try {
    // A policy of the page that forbids inline styles does not forbid this.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch (_) {
    const style = document.createElement('style');
    style.textContent = STYLE;
    root.append(style);
  }
}

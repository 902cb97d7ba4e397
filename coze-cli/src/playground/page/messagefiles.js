// The images and files of the next message: uploaded at once, and kept until it is sent.

/**
 * An uploaded file. `url` is a local address of its content.
 * @typedef {{kind: 'image' | 'audio' | 'file', name: string, fileId: string, url?: string}} Upload
 */
/**
 * @typedef {object} Item
 * @property {string} name
 * @property {number} size
 * @property {AbortController} abort
 * @property {Upload | null} upload
 * @property {string} error
 */
/** @typedef {{kind: Upload['kind'], name: string, fileId: string, size: number}} StoredFile */

/** Returns the content of a message. @param {string} text @param {Upload[]} uploads */
export function contentOf(text, uploads) {
  if (!uploads.length) return { content: text, content_type: 'text' };
  const parts = uploads.map(({ kind, fileId }) => ({ type: kind, file_id: fileId }));
  const all = text ? [{ type: 'text', text }, ...parts] : parts;
  return { content: JSON.stringify(all), content_type: 'object_string' };
}

/** @param {File} file @returns {Upload['kind']} */
function kindOf({ type }) {
  const [kind] = type.split('/');
  return kind === 'image' || kind === 'audio' ? kind : 'file';
}

export class MessageFiles {
  /**
   * @param {(file: File, abort: AbortController) => Promise<string>} upload resolves to the id
   * @param {StoredFile[]} kept the files that were uploaded before the last start
   * @param {() => void} keep called when a file was uploaded, removed or sent
   */
  constructor(upload, kept, keep) {
    this.upload = upload;
    this.keep = keep;
    /** The view, if there is one. */
    this.onChange = () => {};
    /** @type {Item[]} */
    this.items = kept.map(({ size, ...file }) => ({
      name: file.name,
      size,
      abort: new AbortController(),
      upload: file,
      error: '',
    }));
  }

  /** Returns the uploaded files without their local addresses, which end with the page. @returns {StoredFile[]} */
  stored() {
    return this.items.flatMap(({ upload, size }) =>
      upload ? [{ kind: upload.kind, name: upload.name, fileId: upload.fileId, size }] : [],
    );
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      const { name, size } = file;
      /** @type {Item} */
      const item = { name, size, abort: new AbortController(), upload: null, error: '' };
      this.items.push(item);
      void this.send(item, file);
    }
    this.onChange();
  }

  /** @param {Item} item @param {File} file */
  async send(item, file) {
    try {
      const fileId = await this.upload(file, item.abort);
      const kind = kindOf(file);
      const url = kind === 'image' ? { url: URL.createObjectURL(file) } : {};
      if (fileId) item.upload = { kind, name: file.name, fileId, ...url };
      else this.remove(item);
    } catch (error) {
      item.error = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  /** @param {Item} item */
  remove(item) {
    item.abort.abort();
    this.items = this.items.filter((each) => each !== item);
    this.changed();
  }

  changed() {
    this.keep();
    this.onChange();
  }

  /** Returns `true` if files are chosen. */
  get any() {
    return this.items.length > 0;
  }

  /** Returns `true` if every file has been uploaded. */
  get ready() {
    return this.items.every((each) => each.upload);
  }

  /** Returns the uploads, and starts the next message without them. */
  takeAll() {
    const uploads = this.items.flatMap(({ upload }) => (upload ? [upload] : []));
    this.items = [];
    this.changed();
    return uploads;
  }
}

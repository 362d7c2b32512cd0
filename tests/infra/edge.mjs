// Loads infra/functions/viewer-request.js as CloudFront does: the script with what the template appends, in strict mode,
// with two modules and the language's own objects. CloudFront calls the global `handler`.

import crypto from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';

export const SCRIPT = new URL('../../infra/functions/viewer-request.js', import.meta.url);
/** The script as the template has it: without comments and what is white. */
export const source = readFileSync(SCRIPT, 'utf8').split('\n').map((line) => line.trim())
  .filter((line) => line && !line.startsWith('//')).map((line) => `${line}\n`).join('');

export const DEFAULTS = { page: true, tokens: false, nginx: false, origins: '*' };

const settings = ({ page, tokens, nginx, origins }) =>
  `\nconst CONFIG = { page: ${page}, tokens: ${tokens}, nginx: ${nginx}, origins: '${origins}' };`;

/** An event of CloudFront (functions-event-structure in its guide). `query` is an object of strings or lists. */
export function event(uri, { method = 'GET', query = {}, headers = {} } = {}) {
  const querystring = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, Array.isArray(value)
    ? { value: value.at(-1), multiValue: value.map((one) => ({ value: one })) }
    : { value }]));
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { value }]);
  return {
    version: '1.0',
    context: { distributionDomainName: 'd111111abcdef8.cloudfront.net', distributionId: 'EDFDVBD6EXAMPLE', eventType: 'viewer-request' },
    viewer: { ip: '198.51.100.11' },
    request: { method, uri, querystring, headers: Object.fromEntries(lower), cookies: {} },
  };
}

/** The answer of the function in Node. `keys` is what the key value store holds, `now` the time in seconds, `edit` changes the code. */
export async function run(config, what, { keys = {}, now = 0, edit = (code) => code } = {}) {
  const cf = { kvs: () => ({
    get: async (name) => {
      if (!(name in keys)) throw new Error('KeyNotFound');
      return keys[name];
    },
  }) };
  const context = vm.createContext({ crypto, cf });
  vm.runInContext(`Date.now = () => ${now * 1000};`, context);
  const code = edit(source.replace(/^import .*$/gm, '')) + settings({ ...DEFAULTS, ...config });
  vm.runInContext(`'use strict';\n${code}`, context, { filename: 'viewer-request.js' });
  context.given = JSON.stringify(what);
  return JSON.parse(await vm.runInContext('handler(JSON.parse(given)).then(JSON.stringify)', context));
}

/** The answers to many events in njs, on which CloudFront's runtime is built. `cases` are [config, event, options]. */
export function runInNjs(cases) {
  const folder = mkdtempSync(join(tmpdir(), 'fragmint-njs-'));
  try {
    const file = join(folder, 'case.js');
    return cases.map(([config, what, { keys = {}, now = 0 } = {}]) => {
      writeFileSync(join(folder, 'cloudfront.js'), `const keys = ${JSON.stringify(keys)};
        export default { kvs: () => ({ get: (name) => name in keys ? Promise.resolve(keys[name]) : Promise.reject('KeyNotFound') }) };`);
      writeFileSync(file, source.replace("from 'cloudfront'", "from 'cloudfront.js'") + settings({ ...DEFAULTS, ...config })
        + `\nDate.now = () => ${now * 1000};\nhandler(${JSON.stringify(what)}).then((answer) => console.log(JSON.stringify(answer)));\n`);
      return JSON.parse(execFileSync('njs', ['-q', '-p', folder, file], { encoding: 'utf8' }));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

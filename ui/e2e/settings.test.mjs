// Every page of the settings opens and does what it says.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees, tick } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

let browser
let machine
let page
before(async () => {
  browser = await Browser.start({ colorScheme: 'light' })
  machine = await Machine.start({
    files: { 'AGENTS.md': 'Write in British English.\n' },
    replies: [calls(['Write', { file_path: '/mnt/Reports/a.txt', content: 'a\n' }]), says('Written.'), says('ok')],
  })
  const task = await machine.task('Write a file')
  await machine.until(task, ({ status }) => status === 'done')
  page = await browser.open(machine, '/settings')
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const open = async (name) => {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  return page.getByRole('region', { name, exact: true })
}

test('every page opens and shows what the server knows', async () => {
  const shows = {
    Folders: /No standing folders/, 'Models and keys': /anthropic/i, Instructions: /Your own instructions/, Memory: /No notes yet/, Connectors: /No connectors yet/, Plugins: /Add marketplace/, Skills: /Search skills|No skills yet/, Rules: /Rules in force/,
    Sandbox: /sandbox|Commands cannot run yet/i, Network: /Nothing used the network/, Usage: /All together/, Storage: /Kept for undo/,
    'This computer': /sandbox|keychain|disk|machine/i, 'Appearance and about': /Apache License/,
  }
  const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
  await links.first().waitFor() // The text of nothing is read at once, not waited for.
  await sees(() => links.allInnerTexts(), Object.keys(shows))
  for (const [name, words] of Object.entries(shows)) {
    const part = await open(name)
    await part.getByText(words).first().waitFor()
    assert.deepEqual(browser.takeFaults(), [], name)
  }
})

test('a folder is added for every task and taken back', async () => {
  const part = await open('Folders')
  await part.getByRole('button', { name: 'Add folder' }).first().click()
  const picker = page.getByRole('dialog', { name: 'Choose a folder' })
  await picker.getByRole('button', { name: 'Reports' }).click()
  await picker.getByText(machine.work).waitFor()
  await picker.getByRole('button', { name: 'Use this folder' }).click()
  await part.getByText(machine.work).waitFor()
  assert.deepEqual((await machine.api('GET', '/settings/folders')).map(({ path }) => path), [machine.work])

  // Its instructions are offered, and count only when they are trusted.
  const instructions = await open('Instructions')
  await instructions.getByText('Write in British English.', { exact: true }).waitFor()
  await instructions.getByRole('button', { name: 'Trust', exact: true }).click()
  await page.getByRole('alertdialog', { name: 'Trust these instructions?' }).getByRole('button', { name: 'Trust' }).click()
  await instructions.getByText('in force').waitFor()

  await open('Folders')
  await part.getByRole('button', { name: 'Take Reports back' }).click()
  const sure = page.getByRole('alertdialog')
  const empty = part.getByText('No standing folders')
  await empty.or(sure).first().waitFor()
  if (await sure.isVisible()) await sure.getByRole('button').last().click()
  await empty.waitFor()
  assert.deepEqual(await machine.api('GET', '/settings/folders'), [])
  assert.deepEqual(browser.takeFaults(), [])
})

test('instructions are kept', async () => {
  const part = await open('Instructions')
  const box = part.getByRole('textbox', { name: 'Your own instructions' })
  await box.fill('Money is in euros.')
  await part.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.', { exact: true }).first().waitFor()
  await page.reload()
  await page.waitForFunction((element) => element.value === 'Money is in euros.', await box.elementHandle())
  assert.deepEqual(browser.takeFaults(), [])
})

test('a rule is tried on what was decided before, refused when it is wrong, and kept when it is right', async () => {
  const part = await open('Rules')
  const box = part.getByRole('textbox', { name: 'Your own rules' })
  const rule = '[[rule]]\nname = "ask-before-reports"\nverdict = "ask"\nreason = "you want to be asked about reports"\nalways = true\n[rule.when]\npath = ["/mnt/Reports/**"]\n'
  await box.fill(rule)
  await part.getByRole('button', { name: 'What would have been different?' }).click()
  const trial = part.getByRole('status').filter({ hasText: 'judged again' })
  await trial.waitFor()
  assert.match(await trial.innerText(), /would come out differently/)
  await trial.getByRole('link', { name: 'Write a file' }).first().waitFor()

  await box.fill('[[rule]]\nname = ')
  await part.getByRole('button', { name: 'What would have been different?' }).click()
  await part.getByRole('alert').first().waitFor()
  await part.getByRole('button', { name: 'Save' }).click()
  await page.waitForTimeout(300)
  assert.equal((await machine.api('GET', '/settings/policy')).own, '', 'a wrong rule was kept')

  await box.fill(rule)
  await part.getByRole('button', { name: 'Save' }).click()
  await part.getByText('you want to be asked about reports', { exact: true }).waitFor()
  await part.getByText(/yours/).first().waitFor()
  assert.deepEqual(browser.takeFaults([/status of 422/]), [])
})

test('the dark appearance is kept', async () => {
  const ground = () => page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor
    canvas.fillRect(0, 0, 1, 1)
    return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3))
  })
  const part = await open('Appearance and about')
  await sees(async () => await ground() > 200, true)
  await part.getByRole('radio', { name: 'Dark' }).check()
  await page.waitForTimeout(300)
  await sees(async () => await ground() < 80, true)
  await page.reload()
  await part.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
  await sees(async () => await ground() < 80, true)
  assert.deepEqual(browser.takeFaults(), [])

  // The next server has another port, so another origin, with nothing of this one in the browser's storage.
  const { origin } = machine
  await page.close()
  await machine.kill()
  await machine.serve()
  assert.notEqual(machine.origin, origin)
  page = await browser.open(machine, '/settings/about')
  await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
  await sees(async () => await ground() < 80, true)
  assert.deepEqual(browser.takeFaults(), [])

  // Dark before anything of ours has run: a browser that runs no scripts sees the ground alone.
  const still = await Browser.start({ colorScheme: 'light', javaScriptEnabled: false })
  try {
    const first = await still.context.newPage()
    await first.goto(`${machine.origin}/`)
    await sees(() => first.locator('html').getAttribute('data-theme'), 'dark')
    // The scheme gives the ground its colour before any style of ours does.
    await sees(() => first.locator('meta[name=color-scheme]').getAttribute('content'), 'dark')
  } finally {
    await still.stop()
  }
})

const cache = (name) => join(machine.home, '.cache/deskhand', name)
const put = async (file, content) => {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}
const isThere = (file) => access(file).then(() => true, () => false)
/** The cells of each row of a table, as they are read. */
const cells = (part) => part.getByRole('row').evaluateAll((rows) => rows.map((row) => [...row.cells].map(({ innerText }) => innerText)))

test('who wants to know what is new, and how to get a newer version, finds it without the network', async () => {
  const part = await open('Appearance and about')
  await part.getByRole('heading', { name: 'Updates' }).waitFor()
  const { version } = await machine.api('GET', '/state')
  await part.getByText(`Version ${version}`, { exact: false }).waitFor()
  await part.getByText('install the new one over it', { exact: false }).waitFor()
  // The newest is open; it says what the changelog says.
  const changelog = await readFile(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')
  const [, name] = /\n## (.+)\n/.exec(changelog)
  const [, first] = /\n\* ([\w ,]{20,})/.exec(changelog)
  const news = part.getByRole('region', { name })
  await news.getByText(first, { exact: false }).first().waitFor()
  await part.getByText(name, { exact: true }).click()
  await news.waitFor({ state: 'hidden' })
  assert.deepEqual(browser.takeFaults(), [])
})

test('a provider is set up with a key, tested, changed and removed; its key is in the keychain and nowhere else', async () => {
  const part = await open('Models and keys')
  await part.getByRole('button', { name: 'Add a provider' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a provider' })
  const save = dialog.getByRole('button', { name: 'Save' })
  await save.click()
  await dialog.getByText('This is needed.').first().waitFor()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('mine')
  await dialog.getByRole('textbox', { name: 'Address' }).fill(`${machine.modelUrl}/v1`)
  await dialog.getByRole('textbox', { name: 'Model', exact: true }).fill('small')
  await dialog.getByLabel('Key', { exact: true }).fill('sk-e2e-canary')
  // What was typed is not lost by a slip.
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('alertdialog', { name: 'Close without saving?' }).getByRole('button', { name: 'Cancel' }).click()
  await save.click()
  await dialog.waitFor({ state: 'detached' })

  const mine = part.getByRole('article', { name: 'mine (OpenAI-compatible)' })
  await mine.getByText('small · ' + `${machine.modelUrl}/v1` + ' · key in the keychain').waitFor()
  assert.deepEqual(await machine.keychain(), { mine: 'sk-e2e-canary' })
  const known = (await machine.api('GET', '/settings/models')).find(({ id }) => id === 'mine')
  assert.deepEqual(known, {
    id: 'mine', kind: 'openai', title: 'mine (OpenAI-compatible)', base_url: `${machine.modelUrl}/v1`, model: 'small', key: 'keychain', ready: true, default: true,
  })
  assert.ok(!(await readFile(join(machine.home, '.deskhand/settings.toml'), 'utf8')).includes('canary'))

  await mine.getByRole('button', { name: 'Test' }).click()
  await mine.getByRole('status').filter({ hasText: `answered at ${machine.modelUrl}/v1` }).waitFor()

  await mine.getByRole('button', { name: 'Change' }).click()
  const change = page.getByRole('dialog', { name: 'Set up mine' })
  await tick(change.getByRole('checkbox', { name: 'Remove the key from the keychain' }))
  await change.getByRole('button', { name: 'Save' }).click()
  await mine.getByText('key from the environment, or none needed', { exact: false }).waitFor()
  assert.deepEqual(await machine.keychain(), {})

  await mine.getByRole('button', { name: 'Change' }).click()
  assert.equal(await change.getByRole('checkbox', { name: 'Remove the key from the keychain' }).count(), 0)
  await change.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('alertdialog', { name: 'Remove this provider?' }).getByRole('button', { name: 'Remove' }).click()
  // What stands behind a dialog has no role meanwhile: both close when it is done.
  await page.locator('[role=dialog], [role=alertdialog]').first().waitFor({ state: 'detached' })
  await mine.waitFor({ state: 'detached' })
  assert.equal((await machine.api('GET', '/settings/models')).some(({ id }) => id === 'mine'), false)
  assert.deepEqual(browser.takeFaults(), [])
})

test('a test that fails says why', async () => {
  await machine.api('PUT', '/settings/models/nobody', { kind: 'openai', base_url: 'http://127.0.0.1:9/v1', model: 'm' })
  const part = await open('Models and keys')
  const nobody = part.getByRole('article', { name: 'nobody (OpenAI-compatible)' })
  await nobody.getByRole('button', { name: 'Test' }).click()
  await nobody.getByRole('status').filter({ hasText: /could not be reached|cannot be reached|connect/i }).waitFor()
  assert.doesNotMatch(await nobody.getByRole('status').innerText(), /answered/)
  await machine.api('DELETE', '/settings/models/nobody')
  assert.deepEqual(browser.takeFaults(), [])
})

test('a marketplace is fetched with its progress shown, and the request is in the network', async () => {
  let asked = 0
  let answer
  const market = createServer((_, response) => {
    asked += 1
    // Half of it, then the rest when the test has seen that it comes.
    const body = JSON.stringify({ name: 'ours', owner: { name: 'us' }, plugins: [] })
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.slice(0, 20))
    answer = () => response.end(body.slice(20))
  })
  await new Promise((go) => market.listen(0, '127.0.0.1', go))
  const source = `http://127.0.0.1:${market.address().port}/marketplace.json`
  try {
    const plugins = await open('Plugins')
    await plugins.getByRole('textbox', { name: 'Where it is' }).fill(source)
    await plugins.getByRole('button', { name: 'Add marketplace' }).click()
    await plugins.getByRole('status').filter({ hasText: `fetching ${source} · 20 B received` }).waitFor()
    await plugins.getByRole('progressbar').waitFor()
    answer()
    await plugins.getByText('ours', { exact: true }).waitFor()
    await plugins.getByRole('progressbar').waitFor({ state: 'detached' })
    assert.equal(asked, 1)
  } finally {
    market.close()
  }
  const [line, ...others] = await machine.api('GET', '/settings/network')
  assert.deepEqual([line.url, line.method, line.allowed, line.status, line.task, others.length], [source, 'GET', true, 200, 'connectors', 0])
  const part = await open('Network')
  await part.getByRole('table').waitFor()
  const [head, row, ...more] = await cells(part)
  assert.deepEqual([head, more.length], [['When', 'Request', 'Bytes'], 0])
  assert.equal(row[1], `GET ${source} · 200\n\n${line.reason} · Connectors and plugins`)
  assert.equal(row[2], `0 B sent, ${line.received} B received`)
  await part.getByRole('img', { name: 'Let through' }).or(part.getByLabel('Let through')).first().waitFor()
  await tick(part.getByRole('checkbox', { name: 'Only what was refused' }))
  await part.getByText('Nothing here fits that choice.').waitFor()
  assert.equal(await part.getByRole('table').count(), 0)
  await machine.api('DELETE', '/marketplaces/ours')
  assert.deepEqual(browser.takeFaults(), [])
})

test('usage is what the task used, and a limit for new tasks is kept and used by the composer', async () => {
  const part = await open('Usage')
  await part.getByRole('table').waitFor()
  const [line, ...others] = await machine.api('GET', '/settings/usage')
  assert.deepEqual([line.tasks, line.turns, others.length], [1, 2, 0])
  const number = (value) => new Intl.NumberFormat('en').format(value)
  const [head, row, sum] = await cells(part)
  assert.deepEqual(head, ['Model', 'Tasks', 'Turns', 'Questions', 'Cards', 'Tokens read', 'Tokens written', 'Cost'])
  assert.deepEqual(row.slice(0, 7), [line.model, '1', '2', '0', '0', number(line.input_tokens), number(line.output_tokens)])
  assert.deepEqual(sum, ['All together', row[7]])
  assert.match(row[7], /^<?\$/)

  const limits = part.getByRole('region', { name: 'Limits for new tasks' })
  const save = limits.getByRole('button', { name: 'Save' })
  await limits.getByRole('textbox', { name: 'US dollars' }).fill('none')
  await limits.getByText('Write a number greater than zero, or leave it empty.').waitFor()
  assert.equal(await save.isDisabled(), true)
  await limits.getByRole('textbox', { name: 'US dollars' }).fill('2.50')
  await limits.getByText('A task that reaches one stops and says so', { exact: false }).waitFor()
  await save.click()
  await page.getByText('Saved.', { exact: true }).first().waitFor()
  assert.deepEqual(await machine.api('GET', '/settings/budget'), { max_usd: 2.5 })

  await page.goto(machine.origin)
  await page.getByRole('button', { name: 'Limits: 2.5 dollars' }).click()
  const own = page.getByRole('dialog', { name: 'Limits for this task' })
  await sees(() => own.getByRole('textbox', { name: 'US dollars' }).inputValue(), '2.5')
  await own.getByRole('textbox', { name: 'US dollars' }).fill('')
  await own.getByRole('button', { name: 'Set limits' }).click()
  await page.getByRole('button', { name: 'Limits', exact: true }).waitFor()

  await machine.api('PUT', '/settings/budget', {})
  await page.goto(`${machine.origin}/settings`)
  assert.deepEqual(browser.takeFaults(), [])
})

test('storage is tidied, and a part of the cache is measured and deleted', async () => {
  await put(cache('left/over'), 'x'.repeat(200_000))
  await page.goto(`${machine.origin}/settings/folders`)
  const part = await open('Storage')
  const before = (await machine.api('GET', '/settings/storage')).tidied_at ?? 0
  await part.getByRole('button', { name: 'Tidy up now' }).click()
  await page.getByText('Tidied up.', { exact: true }).first().waitFor()
  const { tidied_at, place, cache: uses } = await machine.api('GET', '/settings/storage')
  assert.ok(tidied_at > before && Math.abs(Date.now() - tidied_at) < 60_000, `tidied at ${tidied_at}, before at ${before}`)
  await part.getByText(place).waitFor()

  assert.deepEqual(uses.map((one) => one.part), ['other'])
  const parts = part.getByRole('region', { name: 'What can be deleted' })
  await parts.getByText(/Other temporary files · 20\d kB/).waitFor()
  await parts.getByRole('button', { name: 'Delete: Other temporary files' }).click()
  await parts.getByText('There is nothing that could be deleted.').waitFor()
  assert.equal(await isThere(cache('left')), false)
  assert.deepEqual(browser.takeFaults(), [])
})

test('the sandbox is reset after a question, and then offered to be built', async () => {
  const hash = createHash('sha256').update('x').digest('hex')
  const named = ['root.erofs', 'vmlinuz'].map((name) => `size 1 ${name}\n${hash}  ${name}\n`).join('')
  const image = { manifest: `layer base\nkernel 6.1.0\n${named}`, 'root.erofs': 'x', vmlinuz: 'x' }
  for (const [name, content] of Object.entries(image)) {
    await put(cache(`sandbox/images/base/${name}`), content)
  }
  await page.goto(`${machine.origin}/settings/folders`)
  const part = await open('Sandbox')
  await part.getByText('kernel 6.1.0', { exact: false }).waitFor()
  await part.getByRole('button', { name: 'Build anew' }).click()
  await page.getByRole('alertdialog', { name: 'Build the sandbox anew?' }).getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await isThere(cache('sandbox/images/base')), true)
  await part.getByRole('button', { name: 'Reset' }).click()
  const sure = page.getByRole('alertdialog', { name: 'Reset the sandbox?' })
  await sure.getByText('Nothing of yours is in them.', { exact: false }).waitFor()
  await sure.getByRole('button', { name: 'Reset' }).click()
  await part.getByRole('button', { name: 'Build the sandbox' }).waitFor()
  await part.getByText('Commands cannot run yet').waitFor()
  assert.equal(await isThere(cache('sandbox/images')), false)
  assert.deepEqual(browser.takeFaults(), [])
})

test('checks are what the server found, each with its mark', async () => {
  const part = await open('This computer')
  const checks = await machine.api('GET', '/settings/checks')
  assert.ok(checks.length > 3)
  await part.getByText(checks[0].name, { exact: true }).waitFor()
  const shown = await part.getByRole('listitem').evaluateAll((items) => items.map((item) => ({
    mark: item.querySelector('svg').getAttribute('aria-label'), text: [...item.querySelectorAll('p')].map(({ innerText }) => innerText),
  })))
  assert.deepEqual(shown, checks.map(({ name, ok, needed, detail }) => ({ mark: ok ? 'There' : needed ? 'Missing' : 'Missing, not needed', text: [name, detail] })))
})

test('a note that a task proposes is kept, changed, removed and brought back; another is discarded', async () => {
  const replies = [
    calls(['Remember', { text: 'Reports are in English' }]), says('Noted.'),
    calls(['Remember', { text: 'Tea at four' }]), says('Noted.'),
  ]
  await browser.on({ replies }, async (other, tab) => {
    for (const outcome of ['Remember how reports are written', 'Remember tea']) {
      const task = await other.task(outcome)
      await other.until(task, ({ status }) => status === 'done')
    }
    await tab.goto(`${other.origin}/settings/memory`)
    const proposed = tab.getByRole('region', { name: 'Proposed by tasks' })
    const kept = tab.getByRole('region', { name: 'Kept' })
    const line = (region, text) => region.getByRole('listitem').filter({ hasText: text })
    await line(proposed, 'Tea at four').getByText(/proposed .*\d{4}, lapses .*\d{4} unless you decide/).waitFor()
    await line(proposed, 'Tea at four').getByRole('button', { name: 'Discard' }).click()
    await line(proposed, 'Tea at four').waitFor({ state: 'detached' })
    await line(proposed, 'Reports are in English').getByRole('button', { name: 'Save as a note from you' }).click()
    await line(kept, 'Reports are in English').getByText('from you').waitFor()
    await line(kept, 'Reports are in English').getByText(/kept since .*\d{4}/).waitFor()
    await kept.getByRole('button', { name: 'Change the note: Reports are in English' }).click()
    await kept.getByRole('textbox', { name: 'The note' }).fill('Reports are in British English')
    await kept.getByRole('button', { name: 'Save' }).click()
    await kept.getByRole('button', { name: 'Remove the note: Reports are in British English' }).click()
    await tab.getByText('No notes yet').waitFor()
    await tab.getByRole('button', { name: 'Bring it back' }).click()
    await line(kept, 'Reports are in British English').waitFor()
    await tab.getByRole('textbox', { name: 'A note of your own' }).fill('Ana leads sales')
    await tab.getByRole('button', { name: 'Keep this note' }).click()
    await line(kept, 'Ana leads sales').waitFor()
    const { kept: notes, proposed: open } = await other.api('GET', '/settings/memory')
    assert.deepEqual([notes.map(({ text }) => text), open], [['Reports are in British English', 'Ana leads sales'], []])
  })
})

// WCAG 2.2 AA on every main view, light and dark, wide and narrow; and the main path with the keyboard alone.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, violations } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { docx, pdf, png, pptx } from './samples.mjs'

const table = 'city,people\nVienna,1900000\nGraz,300000\n'
const kinds = {
  'letter.docx': docx(['Dear reader']), 'paper.pdf': pdf('Printed words'), 'dot.png': png(20, 10),
  'talk.pptx': pptx('Opening slide', 'A line below it'), 'data.json': '{"colour": "turquoise"}\n', 'unknown.bin': Buffer.from([0, 1, 255, 7]),
  'page.html': '<!doctype html><html lang="en"><title>A page</title><main><h1>Heading of a page</h1></main></html>',
  'sums.ipynb': JSON.stringify({
    cells: [
      { cell_type: 'markdown', metadata: {}, source: ['# Notes on sums'] },
      { cell_type: 'code', metadata: {}, execution_count: 1, source: ['print(6 * 7)'], outputs: [{ output_type: 'stream', name: 'stdout', text: ['42\n'] }] },
    ],
    metadata: {}, nbformat: 4, nbformat_minor: 5,
  }),
}
const replies = [
  calls(['TodoWrite', { todos: [{ content: 'Read the table', status: 'completed' }, { content: 'Write the report', status: 'in_progress' }, { content: 'Check it', status: 'pending' }] }]),
  calls(['Read', { file_path: '/mnt/Reports/cities.csv' }]),
  calls(['Write', { file_path: '/mnt/Reports/report.md', content: '# Report\n\n| City | People |\n|---|---|\n| Vienna | 2 m |\n\nSee [the source](https://example.org).\n' }]),
  calls(['Write', { file_path: '/mnt/Reports/cities.csv', content: table.replace('1900000', '2000000') }]),
  calls(['PresentFiles', { paths: ['/mnt/Reports/report.md', '/mnt/Reports/cities.csv'] }]),
  says('# Done\n\nThe report has **two** parts:\n\n- a table\n- a [link](https://example.org)\n\n```py\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'),
  calls(['PresentFiles', { paths: Object.keys(kinds).map((name) => `/mnt/Reports/${name}`) }]),
  says('These are your files.'),
  calls(['Write', { file_path: '/mnt/Reports/clash.md', content: 'By the task\n' }]),
  says('It is written.'),
  calls(['Write', { file_path: '/mnt/Reports/letter.md', content: 'Dear reader\n' }]),
  calls(['AskUserQuestion', { questions: [{ question: 'Which one?', header: 'Choice', options: [{ label: 'This' }, { label: 'That', description: 'the other' }] }] }]),
  calls(['RequestFolder', { path: '~/Invoices', mode: 'ro', reason: 'The bills are not in Reports.' }]),
  calls(['Task', { description: 'Check the sums', prompt: 'Check /mnt/Reports/cities.csv', subagent_type: 'general-purpose' }]),
  calls(['Read', { file_path: '/mnt/Reports/cities.csv' }]),
  says('The sums are **212**.'),
  says('Checked: all is well.'),
]

let browser
let machine
let done
let asked
let questioned
let foldered
let helped
let files
let clash
// One that was never used, and one this browser has no link of.
let fresh
let strange
before(async () => {
  browser = await Browser.start({ colorScheme: 'light' })
  machine = await Machine.start({ files: { 'cities.csv': table, ...kinds }, replies })
  done = await machine.task('Write a report about the cities')
  await machine.until(done, ({ status }) => status === 'done')
  files = await machine.task('Show me my files')
  await machine.until(files, ({ status }) => status === 'done')
  clash = await machine.task('Write a note')
  await machine.until(clash, ({ status }) => status === 'done')
  await writeFile(join(machine.work, 'clash.md'), 'By the person\n')
  await machine.api('PATCH', `/tasks/${clash}`, { archived: true })
  asked = await machine.task('Write a letter', { mode: 'manual' })
  await machine.until(asked, ({ status }) => status === 'waiting')
  questioned = await machine.task('Choose')
  await machine.until(questioned, ({ status }) => status === 'waiting')
  await mkdir(join(machine.home, 'Invoices'))
  foldered = await machine.task('Add up the bills')
  await machine.until(foldered, ({ status }) => status === 'waiting')
  helped = await machine.task('Check the figures')
  await machine.until(helped, ({ status }) => status === 'done')
  const market = createServer((_, response) => response.end(JSON.stringify({ name: 'ours', owner: { name: 'us' }, plugins: [] })))
  await new Promise((go) => market.listen(0, '127.0.0.1', go))
  await machine.api('POST', '/marketplaces', { source: `http://127.0.0.1:${market.address().port}/marketplace.json` })
  market.close()
  fresh = await Machine.start({ model: false })
  strange = await Machine.start({ model: false })
})
after(async () => {
  await browser.stop()
  await machine.stop()
  await fresh.stop()
  await strange.stop()
})

const rail = async (page) => {
  await page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor()
  const button = page.getByRole('button', { name: 'Progress, outputs and changes' })
  if (await button.isVisible()) await button.click()
}
/** A file's own view, from the answer that hands it over. */
const file = (name, there) => () => [`/tasks/${files}`, there, (page) => page.getByRole('log').getByRole('button', { name: new RegExp(name.replace('.', '\\.')) }).last().click()]
/** Every main view: its address, what says that it is there, and how to get to what is behind a button. */
const views = {
  home: ['/', (page) => page.getByRole('textbox', { name: 'What should be done?' })],
  'folder picker': ['/', (page) => page.getByRole('list', { name: 'Folders here' }), (page) => page.getByRole('button', { name: 'Add folder' }).click()],
  menu: ['/', (page) => page.getByRole('menuitemradio').first(), (page) => page.getByRole('button', { name: /^How it works/ }).click()],
  task: () => [`/tasks/${done}`, (page) => page.getByRole('main').getByRole('group', { name: 'Done' })],
  steps: () => [`/tasks/${done}`, (page) => page.getByRole('log').getByRole('listitem').first(), (page) => page.getByRole('log').getByRole('button', { name: /^(Planned|Read|Wrote|Changed)/ }).first().click()],
  rail: () => [`/tasks/${done}`, (page) => page.getByText('1 of 3'), rail],
  changes: () => [`/tasks/${done}`, (page) => page.getByText('2000000').first(), (page) => page.getByRole('main').getByRole('button', { name: 'See changes' }).click()],
  preview: () => [`/tasks/${done}`, (page) => page.getByRole('heading', { name: 'Report', exact: true }), (page) => page.getByRole('log').getByRole('button', { name: /report\.md/ }).last().click()],
  sheet: () => [`/tasks/${done}`, (page) => page.getByRole('gridcell', { name: 'Graz' }), (page) => page.getByRole('log').getByRole('button', { name: /cities\.csv/ }).last().click()],
  approval: () => [`/tasks/${asked}`, (page) => page.locator('[data-shielded=false]')],
  question: () => [`/tasks/${questioned}`, (page) => page.locator('[data-shielded=false]')],
  'folder request': () => [`/tasks/${foldered}`, (page) => page.getByRole('region', { name: 'May Deskhand use this folder?' }).and(page.locator('[data-shielded=false]'))],
  'sub-agent': () => [`/tasks/${helped}`, (page) => page.getByText('The sums are'), (page) => page.getByRole('log').getByRole('button', { name: /Sub-agent general-purpose/ }).click()],
  link: () => [`/tasks/${done}`, (page) => page.getByRole('dialog', { name: 'Open this link?' }), (page) => page.getByRole('log').getByRole('button', { name: 'link', exact: true }).click()],
  branch: () => [`/tasks/${done}`, (page) => page.getByRole('dialog', { name: 'Say it differently' }), async (page) => {
    await page.getByRole('log').getByRole('button', { name: 'What can be done with this message' }).first().click()
    await page.getByRole('menuitem', { name: /from here…$/ }).first().click()
  }],
  rename: () => [`/tasks/${done}`, (page) => page.getByRole('dialog', { name: 'Rename task' }), async (page) => {
    await page.getByRole('main').getByRole('button', { name: /^More for/ }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
  }],
  drawer: ['/', (page) => page.getByRole('navigation', { name: 'Tasks' }), async (page) => {
    await page.getByRole('heading', { level: 1 }).waitFor()
    // Where there is room for it, the list is always there.
    const button = page.getByRole('button', { name: /^Show tasks/ })
    if (await button.isVisible()) await button.click()
  }],
  inbox: ['/inbox', (page) => page.locator('[data-shielded=false]').nth(1)],
  'Word preview': file('letter.docx', (page) => page.frameLocator('iframe').getByText('Dear reader')),
  'PDF preview': file('paper.pdf', (page) => page.getByRole('img', { name: 'Page 1 of 1' })),
  picture: file('dot.png', (page) => page.getByRole('img', { name: 'dot.png' })),
  'HTML preview': file('page.html', (page) => page.frameLocator('iframe').getByRole('heading', { name: 'Heading of a page' })),
  notebook: file('sums.ipynb', (page) => page.getByText('print(6 * 7)')),
  slides: file('talk.pptx', (page) => page.getByRole('heading', { name: 'Opening slide' })),
  'text preview': file('data.json', (page) => page.getByText('"turquoise"', { exact: false })),
  'no preview': file('unknown.bin', (page) => page.getByText('It cannot be shown here.', { exact: false })),
  'undo question': () => [`/tasks/${done}`, (page) => page.getByRole('alertdialog'), undoAll],
  conflict: () => [`/tasks/${clash}`, (page) => page.getByRole('dialog', { name: 'This was not undone' }), async (page) => {
    await undoAll(page)
    await page.getByRole('alertdialog').getByRole('button', { name: 'Undo all' }).click()
  }],
  limits: ['/', (page) => page.getByRole('dialog', { name: 'Limits for this task' }), (page) => page.getByRole('button', { name: 'Limits', exact: true }).click()],
  archive: ['/archive', (page) => page.getByRole('link', { name: /Write a note/ })],
  welcome: [() => fresh.origin, (page) => page.getByRole('heading', { name: 'Welcome to Deskhand' })],
  'empty archive': [() => `${fresh.origin}/archive`, (page) => page.getByText('No task is in the archive.')],
  'nothing used': [() => `${fresh.origin}/settings/usage`, (page) => page.getByText('Nothing was used yet')],
  'empty network': [() => `${fresh.origin}/settings/network`, (page) => page.getByText('Nothing used the network')],
  'signed out': [() => strange.origin, (page) => page.getByRole('heading', { name: 'This window is not signed in' })],
  'provider dialog': ['/settings/models', (page) => page.getByRole('dialog', { name: 'Add a provider' }), (page) => page.getByRole('button', { name: 'Add a provider' }).click()],
  'wrong provider': ['/settings/models', (page) => page.getByText('This is needed.'), async (page) => {
    await page.getByRole('button', { name: 'Add a provider' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  }],
  search: ['/', (page) => page.getByRole('option').first(), (page) => page.keyboard.press('Control+k')],
  missing: ['/nowhere', (page) => page.getByText('There is no such page')],
  ...Object.fromEntries(['folders', 'models', 'instructions', 'connectors', 'plugins', 'skills', 'policy', 'sandbox', 'network', 'usage', 'storage', 'checks', 'about'].map((part) =>
    [`settings/${part}`, [`/settings/${part}`, (page) => page.getByRole('heading', { level: 1 })]])),
  'settings/network': ['/settings/network', (page) => page.getByRole('table')],
  'settings/usage': ['/settings/usage', (page) => page.getByRole('table')],
}

/** Colours that are on their way are nobody's colours. */
async function settled(page) {
  await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))))
  await page.waitForFunction(() => !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running'))
}

const undoAll = async (page) => {
  await page.getByRole('main').getByRole('button', { name: 'See changes' }).click()
  // Beside the conversation, or over it where there is no room.
  await page.getByLabel('Files of this task').getByRole('button', { name: 'Undo all' }).click()
}

const forms = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
for (const [form, viewport] of Object.entries(forms)) {
  test(`no view has a violation: ${form}`, async () => {
    const page = await browser.open(machine)
    // The cookie of a second server stands beside that of the first.
    await (await browser.open(fresh)).close()
    await page.setViewportSize(viewport)
    const found = []
    for (const [name, view] of Object.entries(views)) {
      const [path, there, act] = typeof view === 'function' ? view() : view
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await page.goto(typeof path === 'function' ? path() : machine.origin + path, { waitUntil: 'commit' })
      await page.getByRole('main').waitFor()
      if (act) await act(page)
      await there(page).first().waitFor()
      await settled(page)
      found.push(...(await violations(page)).map((line) => `${name}: ${line}`))
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (wider > 0) found.push(`${name}: ${wider} px wider than the window`)
      // Nothing but the colours differs in the dark.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      await settled(page)
      found.push(...(await violations(page, 'color-contrast')).map((line) => `${name}, dark: ${line}`))
    }
    assert.deepEqual(found, [])
    assert.deepEqual(browser.takeFaults([/status of (401|404|409)/, ...[fresh, strange].map(({ origin }) => new RegExp(`request to ${origin}/`))]), [])
    await page.close()
  })
}

test('nothing moves for a person who asked for less motion', async () => {
  /** What moved for longer than an eye can see, while a dialog, a menu and a view were opened and closed. */
  const moved = async (reducedMotion) => {
    const page = await browser.open(machine)
    await page.emulateMedia({ reducedMotion })
    await page.addInitScript(() => {
      globalThis.moved = []
      const note = (event) => {
        for (const one of event.target.getAnimations()) {
          const { duration, iterations } = one.effect.getComputedTiming()
          if (duration > 10 || iterations === Number.POSITIVE_INFINITY) globalThis.moved.push(`${event.type} ${one.animationName ?? one.transitionProperty} ${duration} ms`)
        }
      }
      for (const type of ['animationstart', 'transitionrun']) addEventListener(type, note, true)
      const scroll = Element.prototype.scrollIntoView
      Element.prototype.scrollIntoView = function into(how) {
        const asked = typeof how === 'object' ? how.behavior : undefined
        const smooth = (asked ?? getComputedStyle(this).scrollBehavior) === 'smooth'
        if (smooth) globalThis.moved.push('smooth scroll')
        return scroll.call(this, how)
      }
    })
    await page.goto(machine.origin)
    await page.getByRole('textbox', { name: 'What should be done?' }).waitFor()
    await page.getByRole('button', { name: /^How it works/ }).click()
    await page.getByRole('menuitemradio').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Limits', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.goto(`${machine.origin}/tasks/${done}`)
    await page.getByRole('main').getByRole('button', { name: 'See changes' }).click()
    await page.getByText('2000000').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('option').first().waitFor()
    await page.waitForTimeout(200)
    const all = await page.evaluate(() => globalThis.moved)
    await page.close()
    return all
  }
  assert.notDeepEqual(await moved('no-preference'), [], 'otherwise nothing is proved')
  assert.deepEqual(await moved('reduce'), [])
  assert.deepEqual(browser.takeFaults(), [])
})

test('the main path with the keyboard alone: from a new page to a task, its question, its changes and their undo', async () => {
  const keys = await Machine.start({ files: { 'plan.txt': 'old\n' }, replies: [
    calls(['Write', { file_path: '/mnt/Reports/plan.txt', content: 'new\n' }]), says('It is new.'),
  ] })
  try {
    const page = await browser.open(keys)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const focus = () => page.evaluate(() => {
      const at = document.activeElement
      const style = getComputedStyle(at)
      const box = at.getBoundingClientRect()
      return {
        name: at.getAttribute('aria-label') ?? at.textContent.trim(),
        lost: at === document.body,
        // A ring on it; for a text box on the frame around it, for a line of a menu its ground.
        seen: at.matches('textarea, input, [role=dialog], [role=alertdialog], [role=menu], [data-highlighted]') || style.outlineStyle !== 'none',
        inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
      }
    })
    const press = async (key) => {
      await page.keyboard.press(key)
      await page.waitForTimeout(60)
      const now = await focus()
      // Behind the last control come the browser's own, and then the first again.
      if (!now.lost) assert.deepEqual([now.inside, now.seen], [true, true], `after ${key}: ${JSON.stringify(now)}`)
      return now
    }
    const lost = []
    // A control may be switched off for a moment while its work is done: what counts is where the focus comes to rest.
    const kept = async (after) => {
      await page.waitForTimeout(500)
      if ((await focus()).lost) lost.push(after)
    }
    /** Goes on with a key until the focus is at something of that name. */
    const reach = async (name, key = 'Tab', most = 40) => {
      for (let tries = 0; tries < most; tries += 1) if (name.test((await press(key)).name)) return
      assert.fail(`${name} is not reached with ${key}`)
    }

    const box = page.getByRole('textbox', { name: 'What should be done?' })
    await box.waitFor()
    assert.equal((await focus()).name, 'What should be done?', 'the composer has the focus at the start')
    await page.keyboard.type('Renew the plan')
    await reach(/^Add folder$/)
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Folders here' }).getByRole('button', { name: 'Reports' }).waitFor()
    await reach(/^Reports$/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText(keys.work).waitFor()
    await reach(/^Use this folder$/)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Take Reports away' }).waitFor()
    await page.waitForTimeout(100)
    assert.equal((await focus()).name, 'What should be done?', 'the focus comes back')
    await reach(/^How it works/)
    await press('Enter')
    await reach(/^Ask first/, 'ArrowDown', 6)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'How it works: Ask first' }).waitFor()
    await reach(/^What should be done\?$/, 'Shift+Tab')
    await page.keyboard.press('Enter')

    await page.locator('[data-shielded=false]').waitFor()
    await kept('the start of a task')
    await reach(/^Allow once$/)
    await page.keyboard.press('Enter')
    await page.getByText('It is new.').waitFor()
    const done = page.getByRole('main').getByRole('group', { name: 'Done' })
    await done.waitFor()
    assert.equal(await keys.read('plan.txt'), 'new\n')
    await kept('an answered card')

    await reach(/^See changes$/)
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Differences' }).waitFor()
    await reach(/^Undo step/)
    await page.keyboard.press('Enter')
    await page.getByText('Undone. The files are as they were before.', { exact: true }).first().waitFor()
    assert.equal(await keys.read('plan.txt'), 'old\n')
    await kept('an undone step')
    assert.deepEqual(lost, [], 'the focus is lost')
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await keys.stop()
  }
})

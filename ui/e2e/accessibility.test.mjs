// WCAG 2.2 AA on every main view, light and dark, wide and narrow; and the main path with the keyboard alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, violations } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

const table = 'city,people\nVienna,1900000\nGraz,300000\n'
const replies = [
  calls(['TodoWrite', { todos: [{ content: 'Read the table', status: 'completed' }, { content: 'Write the report', status: 'in_progress' }, { content: 'Check it', status: 'pending' }] }]),
  calls(['Read', { file_path: '/mnt/Reports/cities.csv' }]),
  calls(['Write', { file_path: '/mnt/Reports/report.md', content: '# Report\n\n| City | People |\n|---|---|\n| Vienna | 2 m |\n\nSee [the source](https://example.org).\n' }]),
  calls(['Write', { file_path: '/mnt/Reports/cities.csv', content: table.replace('1900000', '2000000') }]),
  calls(['PresentFiles', { paths: ['/mnt/Reports/report.md', '/mnt/Reports/cities.csv'] }]),
  says('# Done\n\nThe report has **two** parts:\n\n- a table\n- a [link](https://example.org)\n\n```py\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'),
  calls(['Write', { file_path: '/mnt/Reports/letter.md', content: 'Dear reader\n' }]),
  calls(['AskUserQuestion', { questions: [{ question: 'Which one?', header: 'Choice', options: [{ label: 'This' }, { label: 'That', description: 'the other' }] }] }]),
]

let browser
let machine
let done
let asked
let questioned
before(async () => {
  browser = await Browser.start({ colorScheme: 'light' })
  machine = await Machine.start({ files: { 'cities.csv': table }, replies })
  done = await machine.task('Write a report about the cities')
  await machine.until(done, ({ status }) => status === 'done')
  asked = await machine.task('Write a letter', { mode: 'manual' })
  await machine.until(asked, ({ status }) => status === 'waiting')
  questioned = await machine.task('Choose')
  await machine.until(questioned, ({ status }) => status === 'waiting')
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const rail = async (page) => {
  await page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor()
  const button = page.getByRole('button', { name: 'Progress, outputs and changes' })
  if (await button.isVisible()) await button.click()
}
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
  inbox: ['/inbox', (page) => page.locator('[data-shielded=false]').nth(1)],
  archive: ['/archive', (page) => page.getByText('No task is in the archive.')],
  search: ['/', (page) => page.getByRole('option').first(), (page) => page.keyboard.press('Control+k')],
  missing: ['/nowhere', (page) => page.getByText('There is no such page')],
  ...Object.fromEntries(['folders', 'models', 'instructions', 'connectors', 'plugins', 'skills', 'policy', 'sandbox', 'network', 'usage', 'storage', 'checks', 'about'].map((part) =>
    [`settings/${part}`, [`/settings/${part}`, (page) => page.getByRole('heading', { level: 1 })]])),
}

/** Colours that are on their way are nobody's colours. */
async function settled(page) {
  await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))))
  await page.waitForFunction(() => !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running'))
}

const forms = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
for (const [form, viewport] of Object.entries(forms)) {
  test(`no view has a violation: ${form}`, async () => {
    const page = await browser.open(machine)
    await page.setViewportSize(viewport)
    const found = []
    for (const [name, view] of Object.entries(views)) {
      const [path, there, act] = typeof view === 'function' ? view() : view
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await page.goto(machine.origin + path, { waitUntil: 'commit' })
      await page.getByRole('main').waitFor()
      if (act) await act(page)
      await there(page).first().waitFor()
      await settled(page)
      found.push(...(await violations(page)).map((line) => `${name}: ${line}`))
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (wider > 0) found.push(`${name}: ${wider} px wider than the window`)
      // Nothing but the colours differs in the dark, and they do not depend on the width.
      if (form === 'narrow') continue
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      await settled(page)
      found.push(...(await violations(page, 'color-contrast')).map((line) => `${name}, dark: ${line}`))
    }
    assert.deepEqual(found, [])
    assert.deepEqual(browser.takeFaults([/status of 404/]), [])
    await page.close()
  })
}

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

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
  sheet: () => [`/tasks/${done}`, (page) => page.getByRole('cell', { name: 'Graz' }), (page) => page.getByRole('log').getByRole('button', { name: /cities\.csv/ }).last().click()],
  approval: () => [`/tasks/${asked}`, (page) => page.locator('[data-shielded=false]')],
  question: () => [`/tasks/${questioned}`, (page) => page.locator('[data-shielded=false]')],
  inbox: ['/inbox', (page) => page.locator('[data-shielded=false]').nth(1)],
  archive: ['/archive', (page) => page.getByText('No task is in the archive.')],
  search: ['/', (page) => page.getByRole('option').first(), (page) => page.keyboard.press('Control+k')],
  missing: ['/nowhere', (page) => page.getByText('There is no such page')],
  ...Object.fromEntries(['folders', 'models', 'instructions', 'policy', 'sandbox', 'network', 'usage', 'storage', 'checks', 'about'].map((part) =>
    [`settings/${part}`, [`/settings/${part}`, (page) => page.getByRole('heading', { level: 1 })]])),
}

for (const [form, viewport] of Object.entries({ wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`no view has a violation: ${form}, ${colorScheme}`, async () => {
      const page = await browser.open(machine)
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const found = []
      for (const [name, view] of Object.entries(views)) {
        const [path, there, act] = typeof view === 'function' ? view() : view
        try {
          await page.goto(machine.origin + path)
          if (act) {
            await page.getByRole('main').waitFor()
            await act(page)
          }
          await there(page).first().waitFor({ timeout: 5000 })
        } catch (error) {
          found.push(`${name}: not reached: ${String(error).slice(0, 200)}`)
          continue
        }
        await page.waitForTimeout(150)
        found.push(...(await violations(page)).map((line) => `${name}: ${line}`))
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (wider > 0) found.push(`${name}: ${wider} px wider than the window`)
      }
      assert.deepEqual(found, [])
      assert.deepEqual(browser.takeFaults([/status of 404/]), [])
      await page.close()
    })
  }
}

// Makes pictures of every view from a task an office has, with the programs built: `node e2e/screenshots.mjs` those that README.md
// shows, in docs/screenshots; `node e2e/screenshots.mjs FOLDER` all of them. /home/ana is the home of the person in them: it must
// not be there yet, and is removed again.
import assert from 'node:assert/strict'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { notes } from './notes.mjs'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const readme = await readFile(join(repository, 'README.md'), 'utf8')
const [, , all] = process.argv
const place = all ?? join(repository, 'docs/screenshots')
const wanted = (name) => all !== undefined || readme.includes(`(docs/screenshots/${name})`)
const regions = ['North', 'South', 'East', 'West']
const sales = (quarter) => `Region,Month,Orders,Revenue\n${regions.flatMap((region, r) => [1, 2, 3].map((month) =>
  `${region},2026-${String(quarter * 3 - 3 + month).padStart(2, '0')},${40 + r * 7 + month * 3 + quarter * 5},${(8200 + r * 1150 + month * 340 + quarter * 610).toFixed(2)}`)).join('\n')}\n`
const steps = ['Read the tables of both quarters', 'Add up revenue by region', 'Correct the table where months are missing', 'Write the report as a Word document']
const plan = (done) => ['TodoWrite', { todos: steps.map((content, n) => ({ content, status: n < done ? 'completed' : n === done ? 'in_progress' : 'pending' })) }]
const report = `# Quarter report\n\nRevenue rose by **6.7 %** against the first quarter. All four regions grew; the West is the largest.\n\n| Region | First quarter | Second quarter | Change |\n|---|---:|---:|---:|\n| North | 28,470 | 30,300 | +6.4 % |\n| South | 31,920 | 33,750 | +5.7 % |\n| East | 35,370 | 37,200 | +5.2 % |\n| West | 38,820 | 40,650 | +4.7 % |\n\n## What stands out\n\n- June was the best month in every region.\n- The North took 12 orders more than planned.\n- Two invoices of May were missing and are noted in the table.\n`
const file = (name) => `/mnt/Reports/${name}`
const usage = { input_tokens: 18400, output_tokens: 950 }
const costly = (reply) => ({ ...reply, turn: { ...reply.turn, usage } })

const replies = [
  calls(plan(0)),
  calls(['Read', { file_path: file('sales Q1.csv') }], ['Read', { file_path: file('sales Q2.csv') }], ['Read', { file_path: file('notes.md') }]),
  calls(plan(2)),
  calls(['Write', { file_path: file('sales Q2.csv'), content: sales(2).replace(/^North,2026-05,.*$/m, 'North,2026-05,62,10920.00') }]),
  calls(['Edit', { file_path: file('notes.md'), old_string: 'Two invoices of May are missing.', new_string: 'Two invoices of May were missing; they are in the table now.' }]),
  calls(plan(3), ['Write', { file_path: file('Quarter report.docx'), content: report }]),
  calls(['TodoWrite', { todos: steps.map((content) => ({ content, status: 'completed' })) }], ['PresentFiles', { paths: [file('Quarter report.docx'), file('sales Q2.csv')] }]),
  says('The report is ready. Revenue rose by **6.7 %** against the first quarter, in all four regions.\n\n- **West** is the largest region, with 40,650 in the second quarter.\n- **June** was the best month everywhere.\n- Two invoices of May were missing in your table. I added them, so that the sums are right.\n\nYou can see and undo every change.'),
  calls(['Write', { file_path: file('reminders/Miller Ltd.md'), content: 'Dear Ms Miller,\n\nour invoice 2026-0417 of 12 May over 1,240.00 euros is still open. If you have paid in the meantime, please take this letter as done.\n\nWith kind regards\nAccounts\n' }]),
  calls(['AskUserQuestion', { questions: [{ question: 'Which week should the plan begin with?', header: 'First week', options: [{ label: 'Week 27', description: 'Holidays of two colleagues fall into it' }, { label: 'Week 28', description: 'Everyone is there' }] }] }]),
  says('All scans of May are named by date and sender.'),
].map(costly)

async function main() {
  await mkdir(place, { recursive: true })
  const machine = await Machine.start({ home: '/home/ana', replies, files: {
    'sales Q1.csv': sales(1), 'sales Q2.csv': sales(2), 'notes.md': '# Notes\n\nTwo invoices of May are missing.\nThe board meets on 14 July.\n',
  } })
  assert.equal(machine.home, '/home/ana', 'the pictures would show a temporary folder')
  const empty = await Machine.start({ model: false })
  const browser = await Browser.start({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 })
  try {
    const done = await machine.task('Compare the two quarters, correct the table and write the quarter report for the board as a Word document')
    await machine.until(done, ({ status }) => status === 'done')
    await machine.api('PATCH', `/tasks/${done}`, { title: 'Quarter report for the board', pinned: true })
    const letters = await machine.task('Write reminders for open invoices', { mode: 'manual' })
    await machine.until(letters, ({ status }) => status === 'waiting')
    const weeks = await machine.task('Plan the shifts of July')
    await machine.until(weeks, ({ status }) => status === 'waiting')
    const page = await browser.open(machine)
    const fresh = await browser.open(empty)
    const old = await machine.task('Rename the scans of May by date and sender')
    await machine.until(old, ({ status }) => status === 'done')
    await machine.api('PATCH', `/tasks/${old}`, { archived: true })
    await cp(join(repository, 'plugins'), join(machine.home, 'Plugins'), { recursive: true })
    await machine.api('POST', '/marketplaces', { source: join(machine.home, 'Plugins') })
    const plugin = (await machine.api('GET', '/plugins')).find(({ id }) => id.startsWith('finance'))
    const { token } = await machine.api('POST', '/plugins/review', { id: plugin.id })
    await machine.api('POST', '/plugins', { id: plugin.id, token })
    await machine.api('POST', '/connectors', { name: 'notes', command: await notes(machine), folders: [], network: false })
    await machine.api('POST', '/connectors/notes/approve')
    const main = page.getByRole('main')
    const views = {
      home: ['/', () => page.getByRole('textbox', { name: 'What should be done?' }).fill('Read the spreadsheets in Sales and write a summary for the board')],
      task: [`/tasks/${done}`, () => main.getByRole('group', { name: 'Done' }).waitFor()],
      approval: [`/tasks/${letters}`, () => page.locator('[data-shielded=false]').waitFor()],
      changes: [`/tasks/${done}`, async () => {
        await main.getByRole('button', { name: 'See changes' }).click()
        await page.getByRole('complementary', { name: 'Files of this task' }).getByRole('button', { name: /notes\.md/ }).first().click()
        await page.getByRole('region', { name: 'Differences' }).waitFor()
      }],
      preview: [`/tasks/${done}`, async () => {
        await page.getByRole('log').getByRole('button', { name: /Quarter report\.docx/ }).last().click()
        await page.frameLocator('iframe').getByText('What stands out').waitFor()
      }],
      question: [`/tasks/${weeks}`, () => page.locator('[data-shielded=false]').waitFor()],
      search: ['/', async () => {
        await page.getByRole('textbox', { name: 'What should be done?' }).waitFor()
        await page.keyboard.press('Control+k')
        await page.getByRole('dialog').getByRole('combobox').fill('invoices')
        await page.getByRole('option').filter({ hasText: 'invoices' }).nth(1).waitFor()
      }],
      archive: ['/archive', () => page.getByRole('link', { name: /Rename the scans/ }).waitFor()],
      'folder-picker': ['/', async () => {
        await page.getByRole('button', { name: 'Add folder' }).click()
        await page.getByRole('list', { name: 'Folders here' }).getByRole('button', { name: 'Reports' }).click()
        await page.getByText(/\d files/).first().waitFor()
      }],
      trust: [`/tasks/${letters}`, async () => {
        await page.getByRole('button', { name: 'Read what, asked why' }).click()
        await page.getByRole('group', { name: 'What this task can be trusted with' }).waitFor()
      }],
      plugins: ['/settings/plugins', () => page.getByRole('heading', { name: 'Installed' }).waitFor()],
      skills: ['/settings/skills', () => page.getByRole('listitem').nth(2).waitFor()],
      connectors: ['/settings/connectors', () => page.getByText('confined', { exact: false }).first().waitFor()],
      models: ['/settings/models', () => page.getByRole('button', { name: 'Add a provider' }).waitFor()],
      settings: ['/settings/policy', () => page.getByText('Rules in force').waitFor()],
      usage: ['/settings/usage', () => page.getByRole('table').first().waitFor()],
      inbox: ['/inbox', () => page.locator('[data-shielded=false]').nth(1).waitFor()],
    }
    const shoot = async (on, name, scheme) => {
      // A window that comes to the front shields its cards anew; they are shown as they are when they can be answered.
      await on.bringToFront()
      await on.waitForTimeout(700)
      await on.waitForFunction(() => !document.querySelector('[data-shielded=true]'))
      await on.waitForTimeout(300)
      const file = `${name}-${scheme}.png`
      if (wanted(file)) await on.screenshot({ path: join(place, file) })
    }
    for (const colorScheme of ['light', 'dark']) {
      for (const one of [page, fresh]) await one.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await fresh.getByRole('heading', { name: 'Welcome to Deskhand' }).waitFor()
      await shoot(fresh, 'first-run', colorScheme)
      await page.setViewportSize({ width: 1280, height: 800 })
      for (const [name, [path, ready]] of Object.entries(views)) {
        await page.goto(machine.origin + path)
        await ready()
        await shoot(page, name, colorScheme)
      }
      await page.setViewportSize({ width: 390, height: 844 })
      await page.goto(`${machine.origin}/tasks/${done}`)
      await main.getByRole('group', { name: 'Done' }).waitFor()
      await shoot(page, 'phone', colorScheme)
    }
  } finally {
    await browser.stop()
    await machine.stop()
    await empty.stop()
  }
}

await main()

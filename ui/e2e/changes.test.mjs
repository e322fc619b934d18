// What a task changed can be seen and taken back: whole, by step, by file; never over somebody else's change.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

const table = 'city,people\nVienna,1900000\nGraz,300000\n'
const letter = 'Dear Anna,\nthe meeting is on Monday.\nRegards\n'
const replies = [
  calls(['Edit', { file_path: '/mnt/Reports/letter.txt', old_string: 'Monday', new_string: 'Friday' }]),
  calls(['Convert', { file_path: '/mnt/Reports/cities.csv', to: 'xlsx' }]),
  calls(['Write', { file_path: '/mnt/Reports/cities.csv', content: table.replace('1900000', '2000000') }]),
  calls(['DeleteFile', { file_path: '/mnt/Reports/cities.xlsx' }], ['Write', { file_path: '/mnt/Reports/new.txt', content: 'new\n' }]),
  says('All is changed.'),
]

let browser
let machine
let page
let task
before(async () => {
  browser = await Browser.start()
  machine = await Machine.start({ files: { 'cities.csv': table, 'letter.txt': letter }, replies })
  task = await machine.task('Bring my files up to date')
  await machine.until(task, ({ status }) => status === 'done')
  page = await browser.open(machine, `/tasks/${task}`)
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const view = () => page.getByRole('complementary', { name: 'Files of this task' })
const line = (name) => view().getByRole('list', { name: 'Steps that changed files' }).getByRole('listitem').filter({ hasText: name })
const steps = (name) => view().getByRole('button', { name })
const content = (name) => machine.read(name).catch(() => undefined)
const state = async () => Promise.all(['letter.txt', 'cities.csv', 'new.txt'].map(content))
/** Waits until the files are so: an undo is over when they are. */
const files = (wanted) => sees(state, wanted)
const changed = letter.replace('Monday', 'Friday')
const grown = table.replace('1900000', '2000000')

test('a text is compared side by side, a table cell by cell', async () => {
  await page.getByRole('main').getByRole('button', { name: 'See changes' }).click()
  await view().getByRole('heading', { name: 'Changes' }).waitFor()
  await steps(/letter\.txt/).click()
  const rows = view().getByRole('region', { name: 'Differences' }).getByRole('row').filter({ hasText: 'meeting' })
  await rows.first().waitFor()
  const cells = await rows.getByRole('cell').allInnerTexts()
  assert.ok(cells.some((text) => text.includes('Monday.')) && cells.some((text) => text.includes('Friday.')), cells.join('|'))
  await view().getByText('Regards').first().waitFor()

  await steps(/cities\.csv/).click()
  const cell = view().getByRole('row').filter({ hasText: '1900000' })
  await cell.getByText('2000000').waitFor()
  assert.match(await cell.getByRole('rowheader').innerText(), /B2/)
  assert.equal(await view().getByRole('row').filter({ hasText: '300000' }).count(), 0, 'only what differs')
  await view().getByRole('tab', { name: 'Before' }).click()
  await view().getByRole('gridcell', { name: '300000' }).waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('one step is undone and stays visible as undone', async () => {
  await files([changed, grown, 'new\n'])
  await line('letter.txt').getByRole('button', { name: /^Undo/ }).last().click()
  await files([letter, grown, 'new\n'])
  await page.getByText('Undone. The files are as they were before.', { exact: true }).first().waitFor()
  await line('letter.txt').getByText('Undone').waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('all of it is undone after a question whose first button is to leave it, and redone', async () => {
  await view().getByRole('button', { name: 'Undo all' }).click()
  const sure = page.getByRole('alertdialog', { name: 'Undo everything this task changed?' })
  await sure.waitFor()
  assert.equal(await sure.getByRole('button', { name: 'Cancel' }).evaluate((element) => element === document.activeElement), true)
  await page.keyboard.press('Enter')
  await sure.waitFor({ state: 'detached' })
  await files([letter, grown, 'new\n'])
  await view().getByRole('button', { name: 'Undo all' }).click()
  await sure.getByRole('button', { name: 'Undo all' }).click()
  await files([letter, table, undefined])
  await sure.waitFor({ state: 'detached' })
  await view().getByRole('button', { name: 'Redo', exact: true }).click()
  await files([letter, grown, 'new\n'])
  assert.deepEqual(browser.takeFaults(), [])
})

test('what somebody changed since is not overwritten, and it is said which file', async () => {
  await writeFile(join(machine.work, 'cities.csv'), 'mine\n')
  await view().getByRole('button', { name: 'Undo all' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo all' }).click()
  const told = page.getByRole('dialog', { name: 'This was not undone' })
  const named = told.getByRole('list', { name: 'Files that were changed since' }).getByRole('listitem')
  await named.filter({ hasText: 'cities.csv' }).getByText('Somebody changed it since.').waitFor()
  await sees(() => named.count(), 1)
  await files([letter, 'mine\n', 'new\n'])
  // As it stands beside what the task had written.
  await told.getByRole('button', { name: 'Look at it: cities.csv' }).click()
  await told.getByRole('figure', { name: 'As it stands now' }).getByText('mine').first().waitFor()
  await told.getByRole('figure', { name: 'As the task left it' }).getByText('2000000').first().waitFor()
  await told.getByRole('button', { name: 'Close' }).first().click()
  await told.waitFor({ state: 'detached' })
  await files([letter, 'mine\n', 'new\n'])

  // The rest is undone without it.
  await view().getByRole('button', { name: 'Undo all' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo all' }).click()
  await told.getByRole('button', { name: 'Undo the rest' }).click()
  await files([letter, 'mine\n', undefined])
  await told.waitFor({ state: 'detached' })
  await rm(join(machine.work, 'cities.csv'))
  assert.deepEqual(browser.takeFaults([/status of 409/]), [])
})

test('one file of a step is undone alone', async () => {
  const other = await Machine.start({
    files: { 'old/a.txt': 'a\n', 'old/b.txt': 'b\n' },
    replies: [calls(['DeleteFile', { file_path: '/mnt/Reports/old' }]), says('Done.')],
  })
  try {
    const id = await other.task('Delete the old files')
    await other.until(id, ({ status }) => status === 'done')
    const window = await browser.open(other, `/tasks/${id}`)
    await window.getByRole('main').getByRole('button', { name: 'See changes' }).click()
    await window.getByRole('button', { name: 'Undo the change to b.txt' }).click()
    await window.getByText('Undone. The files are as they were before.', { exact: true }).first().waitFor()
    assert.equal(await other.read('old/b.txt'), 'b\n')
    await assert.rejects(other.read('old/a.txt'), { code: 'ENOENT' })

    // The rest by the step; what each step says it is; and of that undo again one file, then the rest.
    const steps = window.getByRole('list', { name: 'Steps that changed files' })
    const there = (name) => other.read(name).then(() => true, () => false)
    const both = (...wanted) => sees(() => Promise.all(['old/a.txt', 'old/b.txt'].map(there)), wanted)
    await steps.getByText('Undo of step 1').waitFor()
    await steps.getByRole('button', { name: 'Redo step 1' }).click()
    await both(false, false)
    await window.getByText('Done again.', { exact: true }).first().waitFor()
    await steps.getByText('Brings back what step 2 undid').waitFor()
    await steps.getByRole('button', { name: 'Undo step 1', exact: true }).click()
    await both(true, true)
    await steps.getByRole('button', { name: 'Redo the change to b.txt' }).click()
    await both(true, false)
    await steps.getByRole('button', { name: 'Redo step 1' }).click()
    await both(false, false)
    // The redo of the rest first: it took the folder away that the other file lies in.
    const again = steps.getByRole('button', { name: 'Undo step 1 again' })
    await again.nth(2).waitFor()
    await again.first().click()
    await both(true, false)
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await other.stop()
  }
})

// Two versions of a file beside each other: pictures, documents, notebooks, tables; and a passage of each kind can be asked about.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { pdf, pptx } from './samples.mjs'

const svg = (width) => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="30"><rect width="9" height="9"/></svg>`
const notebook = (sum) => JSON.stringify({
  cells: [{ cell_type: 'code', metadata: {}, execution_count: 1, source: [`print(${sum})`], outputs: [] }],
  metadata: {}, nbformat: 4, nbformat_minor: 5,
})
const table = (people) => `| city | people |\n|---|---|\n| Vienna | ${people} |\n| Graz | 300000 |\n`
const letter = (day) => `# Dear reader\n\nwe meet on ${day}.\n`
const write = (name, content) => ['Write', { file_path: `/mnt/Reports/${name}`, content }]

let browser
let machine
let page
before(async () => {
  browser = await Browser.start()
  machine = await Machine.start({
    desktop: true,
    files: { 'drawing.svg': svg(40), 'sums.ipynb': notebook('6 * 7'), 'code.py': 'def greet():\n    return "hello"\n', 'other.txt': 'other\n' },
    replies: [
      calls(write('letter.docx', letter('Monday')), write('table.xlsx', table(1900000)), write('other.txt', 'one\n')),
      calls(write('letter.docx', letter('Friday')), write('table.xlsx', table(2000000)), write('drawing.svg', svg(60)), write('sums.ipynb', notebook('6 * 8')), write('other.txt', 'two\n')),
      calls(['PresentFiles', { paths: ['letter.docx', 'table.xlsx', 'code.py', 'other.txt'].map((name) => `/mnt/Reports/${name}`) }]),
      says('All is done.'),
    ],
  })
  const task = await machine.task('Bring my files up to date')
  await machine.until(task, ({ status }) => status === 'done')
  page = await browser.open(machine, `/tasks/${task}`)
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const view = () => page.getByRole('complementary', { name: 'Files of this task' })
const tab = (name) => view().getByRole('tab', { name, exact: true })
const side = (name) => view().getByRole('figure', { name, exact: true })

/** The last change to a file. */
async function change(name) {
  const line = view().getByRole('list', { name: 'Steps that changed files' }).getByRole('button', { name }).first()
  if (!await line.isVisible()) await page.getByRole('main').getByRole('button', { name: 'See changes' }).last().click()
  await line.click()
}

test('two pictures stand side by side, or one over the other with a line to move', async () => {
  await change(/drawing\.svg/)
  await tab('Side by side').waitFor()
  const width = (name) => side(name).getByRole('img').evaluate(async (img) => { await img.decode(); return img.naturalWidth })
  assert.deepEqual([await width('Before'), await width('After')], [40, 60])
  await tab('One over the other').click()
  const line = view().getByRole('slider', { name: 'How much of the version after is seen' })
  const cut = () => view().getByRole('img', { name: 'After' }).evaluate((img) => getComputedStyle(img.parentElement).clipPath)
  assert.match(await cut(), /50%/)
  await line.fill('20')
  assert.match(await cut(), /20%/)
  assert.deepEqual(browser.takeFaults(), [])
})

test('a document is compared by its words, and page beside page', async () => {
  await change(/letter\.docx/)
  const rows = view().getByRole('region', { name: 'Differences' }).getByRole('row').filter({ hasText: 'we meet on' })
  await rows.first().waitFor()
  const cells = (await rows.getByRole('cell').allInnerTexts()).join('|')
  assert.ok(cells.includes('Monday') && cells.includes('Friday'), cells)
  await tab('Side by side').click()
  await side('Before').frameLocator('iframe').getByText('we meet on Monday.').waitFor()
  await side('After').frameLocator('iframe').getByText('we meet on Friday.').waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('a notebook is shown cell beside cell, and in tabs where there is no room', async () => {
  await change(/sums\.ipynb/)
  await side('Before').getByText('print(6 * 7)').waitFor()
  await side('After').getByText('print(6 * 8)').waitFor()
  await page.setViewportSize({ width: 420, height: 800 })
  const small = page.getByRole('dialog', { name: 'Files of this task' })
  await small.getByRole('button', { name: /sums\.ipynb/ }).first().click()
  await small.getByRole('tab', { name: 'After' }).waitFor()
  assert.equal(await small.getByRole('tab', { name: 'Side by side' }).count(), 0)
  await small.getByRole('tab', { name: 'Before' }).click()
  await small.getByText('print(6 * 7)').waitFor()
  await page.setViewportSize({ width: 1440, height: 900 })
  await view().waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('a spreadsheet is compared cell by cell', async () => {
  await change(/table\.xlsx/)
  const cell = view().getByRole('row').filter({ hasText: '1900000' })
  await cell.getByText('2000000').waitFor()
  assert.match(await cell.getByRole('rowheader').innerText(), /B2/)
  assert.equal(await view().getByRole('row').filter({ hasText: '300000' }).count(), 0, 'only what differs')
  assert.deepEqual(browser.takeFaults(), [])
})

/** Opens a file as the task presents it. */
async function show(name) {
  const close = view().getByRole('button', { name: 'Close' })
  if (await close.isVisible()) await close.click()
  await page.getByRole('complementary', { name: 'About this task' }).getByRole('button', { name: `Show ${name}` }).click()
  await view().getByRole('heading', { level: 2, name }).waitFor()
  return view()
}

const passages = {
  'letter.docx': async (file) => {
    await file.frameLocator('iframe').getByText('we meet on Friday.').dblclick({ position: { x: 4, y: 6 } })
    return /^About this passage of letter\.docx:\n> we\n/
  },
  'table.xlsx': async (file) => {
    await file.getByRole('gridcell', { name: '2000000' }).click()
    return /^About this passage of table\.xlsx[\s\S]*\n> 2000000\n[\s\S]*B2/
  },
  'code.py': async (file) => {
    await file.getByText('"hello"', { exact: true }).dblclick()
    return /^About this passage of code\.py[\s\S]*\n> "?hello"?\n[\s\S]*line 2/
  },
}
for (const [name, select] of Object.entries(passages)) {
  test(`a passage of ${name} goes into the composer`, async () => {
    const pattern = await select(await show(name))
    await view().getByRole('button', { name: 'Ask for a change here' }).click()
    const box = page.getByRole('textbox', { name: 'Message' })
    await page.waitForFunction((element) => element.value.includes('> '), await box.elementHandle())
    assert.match(await box.inputValue(), pattern)
    await box.fill('')
    assert.deepEqual(browser.takeFaults(), [])
  })
}

test('a file is opened in its program and shown in its folder', async () => {
  const file = await show('letter.docx')
  await file.getByRole('button', { name: 'Open in its program' }).click()
  await sees(() => machine.opened(), [`${machine.work}/letter.docx`])
  await file.getByRole('button', { name: 'Show in its folder' }).click()
  await sees(() => machine.opened(), [`${machine.work}/letter.docx`, machine.work])
  assert.deepEqual(browser.takeFaults(), [])
})

test('all steps of one file are undone from the view of the file, and of no other', async () => {
  const file = await show('other.txt')
  await file.getByText('two').first().waitFor()
  await file.getByRole('button', { name: 'Undo all changes to this file' }).click()
  await file.getByText('other', { exact: true }).first().waitFor()
  assert.equal(await machine.read('other.txt'), 'other\n')
  assert.match(await machine.read('sums.ipynb'), /6 \* 8/)
  assert.equal(await file.getByRole('button', { name: 'Undo all changes to this file' }).count(), 0)
  assert.deepEqual(browser.takeFaults(), [])
})

/** Files of pages and slides, which no tool of a task writes: a task renames one, and somebody writes over it later. */
const kinds = { pdf: (words) => pdf(words), pptx: (words) => pptx('Heading', words) }
for (const [kind, make] of Object.entries(kinds)) {
  test(`a ${kind} is shown beside what it was before, and beside what somebody made of it since`, async () => {
    const move = ['MoveFile', { from: `/mnt/Reports/paper.${kind}`, to: `/mnt/Reports/final.${kind}` }]
    const options = { files: { [`paper.${kind}`]: make('Words of the task') }, replies: [calls(move), says('It has its name.')] }
    await browser.on(options, async (other, window) => {
      const id = await other.task('Give it its name')
      await other.until(id, ({ status }) => status === 'done')
      await window.goto(`${other.origin}/tasks/${id}`)
      const files = window.getByRole('complementary', { name: 'Files of this task' })
      await window.getByRole('main').getByRole('button', { name: 'See changes' }).last().click()
      await files.getByRole('list', { name: 'Steps that changed files' }).getByRole('button', { name: `final.${kind}` }).first().click()
      await files.getByText('Moved from').waitFor()
      await sees(() => files.getByRole('tab', { name: 'Side by side' }).getAttribute('aria-selected'), 'true')
      for (const name of ['Before', 'After'])
        await files.getByRole('figure', { name, exact: true }).getByText('Words of the task').first().waitFor()

      await writeFile(join(other.work, `final.${kind}`), make('Words of somebody else'))
      await files.getByRole('button', { name: 'Undo all' }).click()
      await window.getByRole('alertdialog').getByRole('button', { name: 'Undo all' }).click()
      const told = window.getByRole('dialog', { name: 'This was not undone' })
      await told.getByRole('button', { name: `Look at it: final.${kind}` }).click()
      const side = (name) => told.getByRole('figure', { name, exact: true })
      await side('As it stands now').getByText('Words of somebody else').first().waitFor()
      await side('As the task left it').getByText('Words of the task').first().waitFor()
      assert.equal(await side('As the task left it').getByText('Words of somebody else').count(), 0)
      assert.deepEqual(browser.takeFaults([/status of 409/]), [])
    })
  })
}

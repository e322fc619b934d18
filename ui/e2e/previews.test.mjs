// A file of every kind that is shown: its content can be seen, and what cannot be shown says so.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { docx, pdf, png, pptx } from './samples.mjs'

const notebook = JSON.stringify({
  cells: [
    { cell_type: 'markdown', metadata: {}, source: ['# Notes on sums'] },
    { cell_type: 'code', metadata: {}, execution_count: 1, source: ['print(6 * 7)'], outputs: [{ output_type: 'stream', name: 'stdout', text: ['forty-two\n'] }] },
  ],
  metadata: {}, nbformat: 4, nbformat_minor: 5,
})
const files = {
  'notes.md': '# Notes on rivers\n\nThe **Danube** is long.\n',
  'page.html': '<!doctype html><title>x</title><h1>Heading of a page</h1>',
  'dot.png': png(20, 10),
  'drawing.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><text>drawn</text></svg>',
  'paper.pdf': pdf('Printed words'),
  'letter.docx': docx(['Dear reader', 'with kind regards']),
  'table.csv': 'city,people\nVienna,2000000\nGraz,300000\n',
  'talk.pptx': pptx('Opening slide', 'A line below it'),
  'data.json': '{"colour": "turquoise"}\n',
  'code.py': 'def greet():\n    return "hello"\n',
  'sums.ipynb': notebook,
  'unknown.bin': Buffer.from([0, 1, 2, 3, 255, 254, 0, 7]),
  'broken.pdf': '%PDF-1.4\nnot really\n',
}

let browser
let machine
let page
before(async () => {
  browser = await Browser.start()
  const paths = [...Object.keys(files), 'table.xlsx'].map((name) => `/mnt/Reports/${name}`)
  machine = await Machine.start({
    files,
    replies: [calls(['Convert', { file_path: '/mnt/Reports/table.csv', to: 'xlsx' }]), calls(['PresentFiles', { paths }]), says('Here they are.')],
  })
  const task = await machine.task('Show me my files')
  await machine.until(task, ({ status }) => status === 'done')
  page = await browser.open(machine, `/tasks/${task}`)
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const viewer = () => page.getByRole('complementary', { name: 'Files of this task' })
async function show(name) {
  const close = viewer().getByRole('button', { name: 'Close' })
  if (await close.isVisible()) await close.click()
  await page.getByRole('complementary', { name: 'About this task' }).getByRole('button', { name: `Show ${name}` }).click()
  await viewer().getByRole('heading', { level: 2, name }).waitFor()
  return viewer()
}

const seen = {
  'notes.md': (view) => [view.getByRole('heading', { name: 'Notes on rivers' }), view.getByText('Danube')],
  'page.html': (view) => [view.getByText('Shown without scripts and without network.'), view.frameLocator('iframe').getByRole('heading', { name: 'Heading of a page' })],
  'dot.png': (view) => [view.getByRole('img', { name: 'dot.png' }), view.getByText('20 × 10')],
  'drawing.svg': (view) => [view.getByRole('img', { name: 'drawing.svg' })],
  'paper.pdf': (view) => [view.getByRole('img', { name: 'Page 1 of 1' }), view.getByText('Printed words')],
  'letter.docx': (view) => [view.frameLocator('iframe').getByText('Dear reader'), view.frameLocator('iframe').getByText('with kind regards')],
  'table.csv': (view) => [view.getByRole('gridcell', { name: 'Vienna' }), view.getByRole('gridcell', { name: '300000' })],
  'table.xlsx': (view) => [view.getByRole('gridcell', { name: 'Vienna' }), view.getByRole('gridcell', { name: '300000' })],
  'talk.pptx': (view) => [view.getByRole('heading', { name: 'Opening slide' }), view.getByText('A line below it'), view.getByText('Slide 1')],
  'data.json': (view) => [view.getByText('"turquoise"', { exact: false })],
  'code.py': (view) => [view.getByText('def greet():', { exact: false })],
  'sums.ipynb': (view) => [view.getByRole('heading', { name: 'Notes on sums' }), view.getByText('print(6 * 7)'), view.getByText('forty-two')],
  'unknown.bin': (view) => [view.getByText('It cannot be shown here.', { exact: false })],
  'broken.pdf': (view) => [view.getByText(/damaged/)],
}

for (const [name, parts] of Object.entries(seen)) {
  test(`${name} is shown`, async () => {
    const view = await show(name)
    for (const part of parts(view)) await part.waitFor()
    const { href } = await view.getByRole('link', { name: 'Download a copy' }).evaluate(({ href }) => ({ href }))
    const answer = await page.request.get(href)
    assert.match(answer.headers()['content-disposition'], /^attachment/)
    if (name in files) assert.deepEqual(await answer.body(), Buffer.from(files[name]))
    assert.deepEqual(browser.takeFaults(), [])
  })
}

test('a picture that is one is drawn', async () => {
  const view = await show('dot.png')
  const size = await view.getByRole('img', { name: 'dot.png' }).evaluate(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])
  assert.deepEqual(size, [20, 10])
})

test('a passage that was chosen goes into the composer', async () => {
  const view = await show('notes.md')
  await view.getByText('Danube').dblclick()
  await view.getByRole('button', { name: 'Ask for a change here' }).click()
  const box = page.getByRole('textbox', { name: 'Message' })
  await page.waitForFunction((element) => element.value.includes('> Danube'), await box.elementHandle())
  assert.match(await box.inputValue(), /^About this passage of notes\.md:\n> Danube\n/)
  assert.equal(await box.evaluate((element) => element === document.activeElement), true)
  assert.deepEqual(browser.takeFaults(), [])
})

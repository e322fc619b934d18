// A task from its start to its archive, as a person sees it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

const plan = (...states) => ['TodoWrite', {
  todos: ['Read the tables', 'Work out the sums', 'Write the summary'].map((content, n) => ({ content, status: states[n] })),
}]
const slow = (reply, ms) => ({ ...reply, delay_ms: ms })
const used = (reply, usage) => ({ ...reply, turn: { ...reply.turn, usage } })
const answer = 'The north grew by **12 %**, the south by 3 %. All of it is in summary.md, one line for each region.'

let browser
let machine
let page
before(async () => {
  browser = await Browser.start()
  machine = await Machine.start({
    files: { 'north.csv': 'month,amount\n1,100\n2,112\n', 'south.csv': 'month,amount\n1,50\n2,51\n' },
    replies: [
      calls(plan('in_progress', 'pending', 'pending')),
      calls(['Read', { file_path: '/mnt/Reports/north.csv' }], ['Read', { file_path: '/mnt/Reports/south.csv' }]),
      calls(plan('completed', 'in_progress', 'pending'), ['Write', { file_path: '/mnt/Reports/summary.md', content: '# Summary\n\nNorth: 12 %\n' }]),
      slow(calls(plan('completed', 'completed', 'in_progress'), ['PresentFiles', { paths: ['/mnt/Reports/summary.md'] }]), 2500),
      // At 5 and 25 dollars per million: 50 cents each.
      { ...used(says(answer), { input_tokens: 100_000, output_tokens: 20_000 }), faults: [{ pause_between_events: 60 }] },
      says('And the west is missing.'),
      says('A second, slow answer.', { delay_ms: 60_000 }),
    ],
    then: 'repeat_last',
  })
  page = await browser.open(machine)
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const log = () => page.getByRole('log', { name: 'Conversation' })
const box = () => page.getByRole('textbox', { name: 'Message' })

test('plan, steps in plain words, steering, a follow-up taken back, and an answer that streams', async () => {
  const id = await machine.task('Compare the regions and write a summary', { model: 'anthropic/claude-opus-5' })
  await page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: /Compare the regions/ }).click()
  const rail = page.getByRole('complementary', { name: 'About this task' })
  const progress = rail.getByRole('region', { name: 'Progress' })
  await progress.getByText('1 of 3').waitFor()
  await sees(() => progress.getByRole('listitem').allInnerTexts(), ['Read the tables', 'Work out the sums', 'Write the summary'])
  await sees(() => progress.locator('[aria-current=step]').innerText(), 'Work out the sums')

  // While it works: a word for the next step, and one for afterwards which is taken back.
  await box().fill('Leave out the cents')
  await page.getByRole('button', { name: 'Send now' }).click()
  await box().fill('Then also make slides')
  await page.getByRole('button', { name: 'Queue' }).click()
  await page.getByRole('button', { name: 'Withdraw “Then also make slides”' }).click()
  await page.getByRole('button', { name: /^Withdraw/ }).waitFor({ state: 'detached' })
  await log().getByText('Leave out the cents').waitFor()

  // The answer is on the page before it is whole.
  await log().getByText('The north grew').waitFor()
  assert.equal((await machine.api('GET', `/tasks/${id}`)).head.status, 'working')
  await log().getByText('one line for each region.').waitFor()
  await machine.until(id, ({ status }) => status === 'done')
  await page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor()
  assert.equal(await log().getByText('12 %', { exact: true }).evaluate((element) => element.tagName), 'STRONG')
  assert.equal(await log().getByText('Then also make slides').count(), 0)

  // Steps are one line each until somebody wants more.
  assert.equal(await log().getByText('/mnt/Reports/north.csv').count(), 0)
  const steps = log().getByRole('button', { name: /Read 2 spreadsheets/ })
  assert.equal(await steps.getAttribute('aria-expanded'), 'false')
  await steps.click()
  const step = log().getByRole('button', { name: /^Read .*north\.csv/ })
  await step.click()
  await log().getByText('What it was given').first().waitFor()
  await log().getByText('/mnt/Reports/north.csv').first().waitFor()
  await log().getByText('112', { exact: false }).first().waitFor()

  await rail.getByRole('region', { name: 'Changes' }).getByRole('button', { name: /summary\.md/ }).waitFor()
  await rail.getByRole('region', { name: 'Context' }).getByText('Reports', { exact: true }).waitFor()
  await rail.getByRole('region', { name: 'Cost' }).getByText('5 turns').waitFor()
  // The answer's dollar, and four turns of 100 tokens read and 20 written: 0.4 cents.
  assert.equal((await machine.api('GET', `/tasks/${id}`)).rail.cost.usd.toFixed(4), '1.0040')
  await rail.getByRole('region', { name: 'Cost' }).getByText('$1.00', { exact: true }).waitFor()
  await rail.getByRole('region', { name: 'Cost' }).getByText('100.4K tokens read (0 from the cache), 20.1K written').waitFor()
  await rail.getByRole('region', { name: 'Context' }).getByText('No command was run.').waitFor()
  await rail.getByRole('region', { name: 'Outputs' }).getByRole('button', { name: 'Show summary.md' }).click()
  const viewer = page.getByRole('complementary', { name: 'Files of this task' })
  await viewer.getByText('North: 12 %').waitFor()
  await viewer.getByRole('button', { name: 'Close' }).click()
  assert.equal(await machine.read('summary.md'), '# Summary\n\nNorth: 12 %\n')
  assert.deepEqual(browser.takeFaults(), [])
})

test('a finished task goes on, and a task that works is stopped and taken up again', async () => {
  await box().fill('What about the west?')
  await box().press('Enter')
  // Whoever says something from further up sees it, and what comes of it.
  await log().getByText('And the west is missing.').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Jump to latest' }).count(), 0)
  await page.getByRole('main').getByRole('group', { name: 'Done' }).last().waitFor()

  await box().fill('Look again')
  await box().press('Enter')
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByRole('main').getByRole('group', { name: 'Stopped' }).waitFor()
  await page.getByRole('button', { name: 'Go on with this task' }).click()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByRole('button', { name: 'Go on with this task' }).waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('a new task branches off at a message and says where it came from', async () => {
  const first = page.url()
  const message = log().getByRole('article', { name: 'You' }).filter({ hasText: 'What about the west?' })
  await message.hover()
  await message.getByRole('button', { name: 'What can be done with this message' }).click()
  await page.getByRole('menuitem', { name: /^Change and start again/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Say it differently' })
  await dialog.getByRole('textbox', { name: 'What you want' }).fill('What about the east?')
  await dialog.getByRole('button', { name: 'Start new task' }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/tasks/') && url.href !== first)
  await log().getByText('What about the east?').waitFor()
  assert.equal(await log().getByText('What about the west?').count(), 0)
  assert.equal(await log().getByText('Look again').count(), 0)
  const stop = page.getByRole('button', { name: 'Stop', exact: true })
  if (await stop.isVisible()) await stop.click()
  await page.getByRole('link', { name: 'Branched from another task' }).click()
  await page.waitForURL(first)
  assert.equal((await machine.api('GET', '/tasks')).length, 2)
  assert.deepEqual(browser.takeFaults(), [])
})

test('what is queued is said when the task is over, and done', async () => {
  const quiet = await Machine.start({ replies: [says('The report is there.', { delay_ms: 3000 }), says('The slides as well.')] })
  const tab = await browser.open(quiet)
  try {
    const id = await quiet.task('Write the report')
    await tab.goto(`${quiet.origin}/tasks/${id}`)
    await tab.getByRole('textbox', { name: 'Message' }).fill('Then make slides')
    await tab.getByRole('button', { name: 'Queue' }).click()
    await tab.getByRole('button', { name: 'Withdraw “Then make slides”' }).waitFor()
    const lines = tab.getByRole('log', { name: 'Conversation' })
    assert.equal(await lines.getByRole('article', { name: 'You' }).count(), 1, 'it is not said before the task is over')
    await lines.getByText('The slides as well.').waitFor()
    const said = (await quiet.api('GET', `/tasks/${id}`)).items.filter(({ body }) => ['person', 'answer'].includes(body.type))
    assert.deepEqual(said.map(({ body }) => body.text), ['Write the report', 'The report is there.', 'Then make slides', 'The slides as well.'])
    assert.equal(await tab.getByRole('button', { name: /^Withdraw/ }).count(), 0)
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await tab.close()
    await quiet.stop()
  }
})

test('a task is renamed, pinned, archived and taken out of the archive', async () => {
  const side = page.getByRole('navigation', { name: 'Tasks' })
  const menu = async (item) => {
    await page.getByRole('main').getByRole('button', { name: /^More for/ }).click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }
  await menu('Rename')
  const title = page.getByRole('dialog', { name: 'Rename task' }).getByRole('textbox', { name: 'Title' })
  await title.fill('Regions in the second quarter')
  await title.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Regions in the second quarter' }).waitFor()
  await menu('Pin')
  await side.getByRole('group', { name: 'Pinned' }).getByRole('link', { name: /Regions in the second quarter/ }).waitFor()
  await menu('Archive')
  await side.getByRole('link', { name: /Regions in the second quarter/ }).waitFor({ state: 'detached' })
  await side.getByRole('link', { name: 'Archived tasks' }).click()
  const line = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Regions in the second quarter' })
  await line.hover()
  await line.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Take out of the archive' }).click()
  await side.getByRole('link', { name: /Regions in the second quarter/ }).waitFor()
  await page.getByText('No task is in the archive.').waitFor()
  assert.deepEqual(browser.takeFaults(), [])
})

test('search finds what a tool read and opens the task there', async () => {
  await page.goto(`${machine.origin}/`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  const dialog = page.getByRole('dialog', { name: 'Search' })
  await dialog.getByRole('combobox').fill('112')
  await dialog.getByRole('option').filter({ hasText: '112' }).first().waitFor()
  await dialog.getByRole('option', { selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.waitForURL(/\/tasks\//)
  await log().getByRole('button', { name: /Read 2 spreadsheets/ }).waitFor()
  await page.keyboard.press('Control+k')
  await dialog.getByRole('combobox').fill('no such word anywhere')
  await dialog.getByText('Nothing found for “no such word anywhere”.').waitFor()
  await page.keyboard.press('Escape')
  assert.deepEqual(browser.takeFaults(), [])
})

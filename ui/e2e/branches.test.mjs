// A new task from any point of another: after an answer, after a step, from the end; the same again; another model.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

let browser
let machine
let page
let first
before(async () => {
  browser = await Browser.start()
  machine = await Machine.start({
    second: true,
    files: { 'north.csv': 'month,amount\n1,100\n' },
    replies: [
      calls(['Read', { file_path: '/mnt/Reports/north.csv' }]),
      calls(['Grep', { pattern: 'amount' }]),
      says('The north is at 100.'),
      says('Branched.'),
    ],
    then: 'repeat_last',
  })
  page = await browser.open(machine)
  first = await machine.task('Look at the north')
  await machine.until(first, ({ status }) => status === 'done')
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const log = () => page.getByRole('log', { name: 'Conversation' })
const open = async () => {
  await page.goto(`${machine.origin}/tasks/${first}`)
  await page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor()
}
/** Waits for the new task and what came of it. */
const branched = async () => {
  await page.waitForURL((url) => url.pathname.startsWith('/tasks/') && !url.pathname.endsWith(first))
  const id = new URL(page.url()).pathname.split('/').at(-1)
  const head = await machine.until(id, ({ status }) => status === 'done')
  assert.equal(head.branched_from, first)
  return { head, items: (await machine.api('GET', `/tasks/${id}`)).items.map(({ body }) => body) }
}
const said = (items) => items.filter(({ type }) => type === 'person').map(({ text }) => text)
const tools = (items) => items.filter(({ type }) => type === 'tool').map(({ tool, state }) => `${tool} ${state}`)
const sayInstead = async (text) => {
  const dialog = page.getByRole('dialog', { name: 'Start a new task from here' })
  await dialog.getByRole('textbox', { name: 'What you want' }).fill(text)
  await dialog.getByRole('button', { name: 'Start new task' }).click()
}
const menu = async (message, item) => {
  await message.hover()
  await message.getByRole('button', { name: 'What can be done with this message' }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('after a step: what came later is not in the new task', async () => {
  await open()
  await log().getByRole('button', { name: /^Read north\.csv/ }).click()
  await log().getByRole('listitem').getByRole('button', { name: /^Read north\.csv/ }).click()
  const step = log().getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Read north\.csv/ }) })
  await step.getByRole('button', { name: 'Start a new task from here…' }).click()
  await sayInstead('Rather the month')
  const { items } = await branched()
  assert.deepEqual(said(items), ['Look at the north', 'Rather the month'])
  assert.deepEqual(tools(items), ['Read done'])
  assert.ok(!items.some(({ type, text }) => type === 'answer' && text.includes('100')), JSON.stringify(items))
})

test('from the end: all of it is in the new task', async () => {
  await open()
  await page.getByRole('main').getByRole('group', { name: 'Done' }).getByRole('button', { name: 'Start a new task from here…' }).click()
  await sayInstead('And the east?')
  const { items } = await branched()
  assert.deepEqual(said(items), ['Look at the north', 'And the east?'])
  assert.deepEqual(tools(items), ['Read done', 'Grep done'])
  assert.ok(items.some(({ text }) => text === 'The north is at 100.'))
})

test('after an answer', async () => {
  await open()
  await menu(log().getByRole('article', { name: 'Deskhand' }), /^Start a new task from here/)
  await sayInstead('And the west?')
  const { items } = await branched()
  assert.deepEqual(said(items), ['Look at the north', 'And the west?'])
})

test('the same again, without a word', async () => {
  await open()
  await menu(log().getByRole('article', { name: 'You' }), /^Do the same again/)
  const { head, items } = await branched()
  assert.deepEqual(said(items), ['Look at the north'])
  assert.deepEqual(tools(items), [])
  assert.notEqual(head.model, 'second/claude-opus-5')
})

test('the same with another model', async () => {
  await open()
  await menu(log().getByRole('article', { name: 'Deskhand' }), /^Try again with another model/)
  const dialog = page.getByRole('dialog', { name: 'Try again with another model' })
  await dialog.getByRole('radio', { name: /^claude-opus-5/ }).check()
  await dialog.getByRole('button', { name: 'Start new task' }).click()
  const { head, items } = await branched()
  assert.equal(head.model, 'second/claude-opus-5')
  assert.deepEqual(said(items), ['Look at the north'])
  assert.deepEqual(browser.takeFaults(), [])
})

test('where a model failed, another one is offered', async () => {
  const broken = await Machine.start({ second: true, replies: [{ status: 401, body: { error: { message: 'no' } } }, says('The other one can.')] })
  const tab = await browser.open(broken)
  try {
    const task = await broken.task('Say something')
    await broken.until(task, ({ status }) => status === 'failed')
    await tab.goto(`${broken.origin}/tasks/${task}`)
    const end = tab.getByRole('main').getByRole('group', { name: 'The task could not go on' })
    await end.getByRole('button', { name: 'Try again with another model…' }).click()
    const dialog = tab.getByRole('dialog', { name: 'Try again with another model' })
    await dialog.getByRole('radio', { name: /^claude-opus-5/, checked: true }).waitFor()
    await dialog.getByRole('button', { name: 'Start new task' }).click()
    await tab.getByText('The other one can.').waitFor()
    const heads = await broken.api('GET', '/tasks')
    assert.deepEqual(heads.map(({ model }) => model === 'second/claude-opus-5').sort(), [false, true])
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await tab.close()
    await broken.stop()
  }
})

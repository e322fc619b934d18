// Every kind of question answered with the keyboard alone: what was asked is reached with Tab, seen, and never lost.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, says } from './machine.mjs'

let browser
before(async () => { browser = await Browser.start({ reducedMotion: 'reduce' }) })
after(() => browser.stop())

/** The mouse stays where it is. */
const on = (options, body) => browser.on(options, (machine, page) => body(machine, page, walker(page)))

function walker(page) {
  const focus = () => page.evaluate(() => {
    const at = document.activeElement
    const box = at.getBoundingClientRect()
    const framed = at.matches('textarea, input, [role=dialog], [tabindex]')
    return {
      name: at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent.trim() ?? at.textContent.trim(),
      lost: at === document.body,
      main: at.id === 'main',
      seen: framed || getComputedStyle(at).outlineStyle !== 'none',
      inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    }
  })
  const press = async (key) => {
    await page.keyboard.press(key)
    await page.waitForTimeout(60)
    const now = await focus()
    if (!now.lost) assert.deepEqual([now.inside, now.seen], [true, true], `after ${key}: ${JSON.stringify(now)}`)
    return now
  }
  /** Goes on with a key until the focus is at something of that name. */
  const reach = async (name, key = 'Tab', most = 60) => {
    for (let tries = 0; tries < most; tries += 1) if (name.test((await press(key)).name)) return
    assert.fail(`${name} is not reached with ${key}`)
  }
  return { focus, press, reach }
}

const asked = async (machine, page, task) => {
  await machine.until(task, ({ status }) => status === 'waiting')
  await page.goto(`${machine.origin}/tasks/${task}`)
  await page.locator('[data-shielded=false]').first().waitFor()
}

test('questions: one choice, several, and own words', async () => {
  const ask = ['AskUserQuestion', { questions: [
    { question: 'Which quarter is meant?', header: 'Quarter', options: [{ label: 'First' }, { label: 'Second' }] },
    { question: 'Which regions?', header: 'Regions', multiSelect: true, options: [{ label: 'North' }, { label: 'South' }, { label: 'West' }] },
    { question: 'For whom is it?', header: 'Reader', options: [{ label: 'The board' }, { label: 'The team' }] },
  ] }]
  await on({ replies: [calls(ask), says('Thank you.')] }, async (machine, page, { press, reach, focus }) => {
    const task = await machine.task('Write the report')
    await asked(machine, page, task)
    await reach(/^First/)
    await press('ArrowDown')
    assert.match((await focus()).name, /^Second/)
    await reach(/^North/)
    await press('Space')
    await reach(/^West/)
    await press('Space')
    await reach(/^Own answer: Reader/)
    await page.keyboard.type('The auditors')
    // Enter in a field is nobody's answer.
    await press('Enter')
    assert.equal((await machine.api('GET', '/inbox')).length, 1)
    await reach(/^Send answers$/)
    await page.keyboard.press('Enter')
    await page.getByText('Thank you.').waitFor()
    const { items } = await machine.api('GET', `/tasks/${task}`)
    const { answer } = items.find(({ body }) => body.type === 'question').body.asked
    assert.deepEqual(answer.answers, [['Second'], ['North', 'West'], ['The auditors']])
    await page.waitForTimeout(500)
    assert.equal((await focus()).lost, false)
  })
})

test('a folder that is asked for', async () => {
  const replies = [
    calls(['RequestFolder', { path: '~/Invoices', mode: 'ro', reason: 'The bills are there.' }]),
    says('I have the folder.'),
  ]
  await on({ replies }, async (machine, page, { reach, focus }) => {
    await mkdir(join(machine.home, 'Invoices'))
    await writeFile(join(machine.home, 'Invoices', 'march.txt'), '90\n')
    const task = await machine.task('Add up the bills')
    await asked(machine, page, task)
    await reach(/^Allow for this task$/)
    await page.keyboard.press('Enter')
    await page.getByText('I have the folder.').waitFor()
    await page.waitForTimeout(500)
    assert.equal((await focus()).lost, false)
    const { rail } = await machine.api('GET', `/tasks/${task}`)
    assert.ok(rail.context.folders.some(({ name, mode }) => name === 'Invoices' && mode === 'ro'))
  })
})

test('the inbox: all lines, a refusal with its reason, and the next card', async () => {
  const content = Array.from({ length: 40 }, (_, n) => `Line ${n}\n`).join('')
  const write = (n) => calls(['Write', { file_path: `/mnt/Reports/letter-${n}.md`, content }])
  await on({ replies: [write(1), write(2), says('Well.')], then: 'repeat_last' }, async (machine, page, { press, reach, focus }) => {
    const first = await machine.task('The first letter', { mode: 'manual' })
    await machine.until(first, ({ status }) => status === 'waiting')
    const second = await machine.task('The second letter', { mode: 'manual' })
    await machine.until(second, ({ status }) => status === 'waiting')
    await page.getByRole('link', { name: /^Waiting for you( \d+ open questions?)?$/ }).focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-shielded=false]').nth(1).waitFor()

    await reach(/^Show all 4\d lines$/)
    await press('Enter')
    assert.equal((await focus()).name, 'Show fewer lines', 'the focus left the card')
    await reach(/^Say why not…$/)
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Why not?' }).waitFor()
    await page.waitForTimeout(100)
    assert.match((await focus()).name, /^Why not\?/, 'what was opened has the focus')
    await page.keyboard.type('Not to this customer')
    await reach(/^Don't allow, and say why$/)
    await page.keyboard.press('Enter')
    await page.locator('[data-shielded]').nth(1).waitFor({ state: 'detached' })
    await page.locator('[data-shielded=false]').waitFor()
    await page.waitForTimeout(100)
    assert.equal((await focus()).lost, false)
    assert.equal((await machine.api('GET', '/inbox')).length, 1, 'the key answered the next card')

    await reach(/^Allow once$/)
    await page.keyboard.press('Enter')
    await page.getByText('Nothing waits for you').waitFor()
    await page.waitForTimeout(500)
    assert.equal((await focus()).lost, false)
    const there = (n) => machine.read(`letter-${n}.md`).then(() => true, () => false)
    await machine.until(second, ({ status }) => status === 'done')
    assert.deepEqual([await there(1), await there(2)], [false, true])
  })
})

test('in a narrow window the number of open questions is seen and said', async () => {
  const replies = [calls(['AskUserQuestion', { questions: [{ question: 'Which?', header: 'Which', options: [{ label: 'This' }, { label: 'That' }] }] }])]
  await on({ replies }, async (machine, page) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: 'Show tasks', exact: true }).waitFor()
    const task = await machine.task('Choose')
    await machine.until(task, ({ status }) => status === 'waiting')
    const button = page.getByRole('button', { name: 'Show tasks, 1 open question', exact: true })
    await button.waitFor()
    const shown = page.getByRole('banner').getByText('1', { exact: true })
    await shown.waitFor()
    // It lies on the button and does not take its clicks.
    await shown.click({ force: true })
    await page.getByRole('dialog', { name: 'Tasks' }).waitFor()
  })
})

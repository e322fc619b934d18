// What a task may not do by itself is asked for: in the policy's words, with exactly what would be done, never by accident.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { calls, says } from './machine.mjs'
import { called, notes } from './notes.mjs'

const letter = (n) => ['Write', { file_path: `/mnt/Reports/letter-${n}.md`, content: `Dear customer ${n},\n\nthank you for your order.\n` }]
let browser
before(async () => { browser = await Browser.start() })
after(() => browser.stop())

const on = (options, body) => browser.on(options, body)

const waiting = (machine, task, count = 1) => machine.until(task, ({ status, waiting: open }) =>
  status === 'waiting' && (typeof open !== 'number' || open === count))
const approval = (page) => page.getByRole('region', { name: 'May Deskhand do this?' })
const exists = async (machine, name) => machine.read(name).then(() => true, () => false)

test('a card says what, where and why, shows the exact content, and takes nothing in its first half second', async () => {
  await on({ replies: [{ ...calls(letter(1)), delay_ms: 4000 }, says('Written.')] }, async (machine, page) => {
    const task = await machine.task('Write a letter', { mode: 'manual' })
    await page.goto(`${machine.origin}/tasks/${task}`)
    // Clicked by the page itself the moment it is there, as a hand already on its way would.
    await page.evaluate(() => {
      globalThis.clicks = 0
      new MutationObserver(() => {
        const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Allow once')
        if (button && globalThis.clicks === 0) {
          globalThis.clicks = 1
          button.focus()
          button.click()
          // Pressed here as well: on a slow machine a key from outside comes when the half second is over.
          globalThis.held = ['Enter', ' '].map((key) =>
            !button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))
        }
      }).observe(document.body, { childList: true, subtree: true })
    })
    const card = approval(page)
    await page.waitForFunction(() => globalThis.clicks === 1)
    await sees(() => page.evaluate(() => globalThis.held), [true, true])
    await page.waitForTimeout(700)
    assert.equal((await machine.api('GET', '/inbox')).length, 1, 'early input answered the question')
    assert.equal(await exists(machine, 'letter-1.md'), false)

    await card.getByText('/mnt/Reports/letter-1.md').first().waitFor()
    await card.getByText('Why you are asked').waitFor()
    const [{ ask }] = await machine.api('GET', '/inbox')
    await card.getByText(ask.action.summary, { exact: true }).first().waitFor()
    for (const reason of ask.reasons) await card.getByText(reason, { exact: true }).waitFor()
    const preview = card.getByLabel('Exactly this')
    const text = await preview.innerText()
    for (const line of ['Dear customer 1,', 'thank you for your order.']) assert.ok(text.includes(line), text)

    // Enter is nobody's answer: not on the page, not in the composer.
    await page.getByRole('log', { name: 'Conversation' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForTimeout(200)
    assert.equal(await exists(machine, 'letter-1.md'), false)

    await card.getByRole('button', { name: 'Allow once' }).click()
    await card.waitFor({ state: 'detached' })
    await page.getByText('You allowed:').waitFor()
    await page.getByText('Written.').waitFor()
    assert.match(await machine.read('letter-1.md'), /^Dear customer 1,/)
  })
})

test('a card that slides up when the one above it is answered takes nothing for half a second', async () => {
  await on({ replies: [calls(letter(1), letter(2)), says('Written.')] }, async (machine, page) => {
    const task = await machine.task('Write two letters', { mode: 'manual' })
    await waiting(machine, task, 2)
    await page.goto(`${machine.origin}/tasks/${task}`)
    await page.locator('[data-shielded=false]').nth(1).waitFor()
    // The second click of a double click, on whatever stands there the moment the first card is gone.
    await page.evaluate(() => {
      const cards = () => [...document.querySelectorAll('[data-shielded]')]
      new MutationObserver((_, observer) => {
        const [left, ...others] = cards()
        if (!left || others.length > 0) return
        observer.disconnect()
        globalThis.shielded = left.dataset.shielded
        ;[...left.querySelectorAll('button')].find((one) => one.textContent === 'Allow once').click()
      }).observe(document.body, { childList: true, subtree: true, attributes: true })
    })
    await approval(page).first().getByRole('button', { name: 'Allow once' }).click()
    await page.waitForFunction(() => globalThis.shielded !== undefined)
    await page.waitForTimeout(700)
    assert.equal((await machine.api('GET', '/inbox')).length, 1, 'the second click answered the second card')
    await approval(page).getByRole('button', { name: 'Allow once' }).click()
    await page.getByText('Written.').waitFor()
    assert.deepEqual([await exists(machine, 'letter-1.md'), await exists(machine, 'letter-2.md')], [true, true])
  })
})

test('a refusal with a reason is heard by the model, and nothing is written', async () => {
  await on({ replies: [calls(letter(1)), says('I left it.')] }, async (machine, page) => {
    const task = await machine.task('Write a letter', { mode: 'manual' })
    await waiting(machine, task)
    await page.goto(`${machine.origin}/tasks/${task}`)
    const card = approval(page)
    await card.waitFor()
    await page.waitForTimeout(600)
    await card.getByRole('button', { name: 'Say why not…' }).click()
    await card.getByRole('textbox', { name: 'Why not?' }).fill('Not to this customer')
    await card.getByRole('button', { name: "Don't allow, and say why" }).click()
    await page.getByText('You did not allow:').waitFor()
    await page.getByText('Not to this customer').first().waitFor()
    await page.getByText('I left it.').waitFor()
    assert.equal(await exists(machine, 'letter-1.md'), false)
    const steps = page.getByRole('button', { name: /1 step was refused/ })
    await steps.waitFor()
  })
})

test('questions are answered by choice and in own words', async () => {
  const ask = ['AskUserQuestion', { questions: [
    { question: 'Which quarter is meant?', header: 'Quarter', options: [{ label: 'First', description: 'January to March' }, { label: 'Second', description: 'April to June' }] },
    { question: 'Which regions?', header: 'Regions', multiSelect: true, options: [{ label: 'North' }, { label: 'South' }, { label: 'West' }] },
    { question: 'For whom is it?', header: 'Reader', options: [{ label: 'The board' }, { label: 'The team' }] },
  ] }]
  await on({ replies: [calls(ask), says('Thank you.')] }, async (machine, page) => {
    const task = await machine.task('Write the report')
    await waiting(machine, task)
    await page.goto(`${machine.origin}/tasks/${task}`)
    const card = page.getByRole('region', { name: 'A question for you' })
    const send = card.getByRole('button', { name: 'Send answers' })
    await card.waitFor()
    await page.waitForTimeout(600)
    assert.equal(await card.getByRole('radio', { checked: true }).count(), 0, 'nothing is chosen beforehand')
    assert.equal(await send.isDisabled(), true)
    await card.getByRole('radio', { name: /^Second/ }).check()
    await card.getByRole('checkbox', { name: /^North/ }).check()
    await card.getByRole('checkbox', { name: /^West/ }).check()
    await card.getByRole('textbox', { name: 'Own answer: Reader' }).fill('The new owners')
    await send.click()
    await page.getByText('Thank you.').waitFor()
    const { items } = await machine.api('GET', `/tasks/${task}`)
    const { asked } = items.find(({ body }) => body.type === 'question').body
    assert.deepEqual(asked.answer, { type: 'answers', answers: [['Second'], ['North', 'West'], ['The new owners']] })
    await page.getByText('North, West').waitFor()
  })
})

test('the inbox holds the questions of all tasks and its badge counts them', async () => {
  await on({ replies: [calls(letter(1)), calls(letter(2)), says('Written.')], then: 'repeat_last' }, async (machine, page) => {
    const first = await machine.task('The first letter', { mode: 'manual' })
    await waiting(machine, first)
    const second = await machine.task('The second letter', { mode: 'manual' })
    await waiting(machine, second)
    const badge = page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: /^Waiting for you( \d+ open questions?)?$/ })
    await badge.getByText('2 open questions').waitFor()
    await badge.click()
    await page.getByRole('heading', { level: 1, name: 'Waiting for you' }).waitFor()
    await sees(() => approval(page).count(), 2)
    await page.waitForTimeout(600)
    await approval(page).filter({ hasText: 'The second letter' }).getByRole('button', { name: "Don't allow", exact: true }).click()
    await badge.getByText('1 open question', { exact: true }).waitFor()
    await page.waitForTimeout(600)
    await approval(page).getByRole('link', { name: 'The first letter' }).waitFor()
    await approval(page).getByRole('button', { name: 'Allow once' }).click()
    await page.getByText('Nothing waits for you').waitFor()
    assert.equal(await badge.getByText(/open question/).count(), 0)
    await machine.until(first, ({ status }) => status === 'done')
    await machine.until(second, ({ status }) => status === 'done')
    assert.deepEqual([await exists(machine, 'letter-1.md'), await exists(machine, 'letter-2.md')], [true, false])
  })
})

test('a folder is asked for, given for this task, and used', async () => {
  const replies = [
    calls(['RequestFolder', { path: '~/Invoices', mode: 'ro', reason: 'The bills are not in Reports.' }]),
    calls(['Read', { file_path: '/mnt/Invoices/march.txt' }]),
    says('The bill of March is 90 euros.'),
  ]
  await on({ replies }, async (machine, page) => {
    await mkdir(join(machine.home, 'Invoices'))
    await writeFile(join(machine.home, 'Invoices', 'march.txt'), 'March: 90 euros\n')
    const task = await machine.task('Add up the bills')
    await waiting(machine, task)
    await page.goto(`${machine.origin}/tasks/${task}`)
    const card = page.getByRole('region', { name: 'May Deskhand use this folder?' })
    await card.getByText('The bills are not in Reports.').waitFor()
    await card.getByText(/Invoices$/).first().waitFor()
    await card.getByText('Read only').waitFor()
    await page.waitForTimeout(600)
    await card.getByRole('button', { name: 'Allow for this task' }).click()
    await page.getByText('The bill of March is 90 euros.').waitFor()
    await page.getByRole('complementary').getByRole('region', { name: 'Context' }).getByText('Invoices').first().waitFor()
  })
})

test('another place is given on the card, only it changes, and the record says so', async () => {
  await on({ replies: [calls(letter(1)), says('Written.')] }, async (machine, page) => {
    const task = await machine.task('Write a letter', { mode: 'manual' })
    await waiting(machine, task)
    await page.goto(`${machine.origin}/tasks/${task}`)
    const card = approval(page).and(page.locator('[data-shielded=false]'))
    await card.getByRole('button', { name: 'Another place…' }).click()
    const field = card.getByRole('textbox', { name: 'file_path instead of /mnt/Reports/letter-1.md' })
    await field.fill('/mnt/Reports/letter-2.md')
    await card.getByRole('button', { name: 'Allow once with this' }).click()
    await page.getByText('Written.').waitFor()
    await page.getByText('with /mnt/Reports/letter-2.md instead of /mnt/Reports/letter-1.md (file_path)').waitFor()
    assert.equal(await exists(machine, 'letter-1.md'), false)
    assert.match(await machine.read('letter-2.md'), /^Dear customer 1,/)
  })
})

/** A task that wants to write to Eve twice and to Bob once, in one turn. */
async function threeMessages(machine) {
  await machine.api('POST', '/connectors', { name: 'notes', command: await notes(machine) })
  await machine.api('POST', '/connectors/notes/approve', {})
  const task = await machine.task('Tell everybody about today')
  await waiting(machine, task, 3)
  return task
}

const message = (recipient, body) => ['mcp__notes__send_message', { recipient, body }]
const three = calls(
  message('eve@firm.example', 'Lunch is at noon.'),
  message('bob@firm.example', 'Dinner is at eight.'),
  message('eve@firm.example', 'Bring the plan.'),
)
/** The open questions, once there are so many. */
async function left(machine, count) {
  for (const over = Date.now() + 10_000; ; ) {
    const open = await machine.api('GET', '/inbox')
    if (open.length === count || Date.now() > over) return open
    await new Promise((go) => setTimeout(go, 50))
  }
}
const sent = async (machine) => (await called(machine)).map(({ arguments: { recipient, body } }) => [recipient, body])

test('several actions to the same recipient are one card, and one answer counts for each of them', async () => {
  await on({ replies: [three, says('Told.')] }, async (machine, page) => {
    const task = await threeMessages(machine)
    await page.goto(`${machine.origin}/tasks/${task}`)
    const cards = approval(page).and(page.locator('[data-shielded=false]'))
    await cards.nth(1).waitFor()
    await sees(() => approval(page).count(), 2)
    const eve = cards.filter({ hasText: 'eve@firm.example' })
    const bob = cards.filter({ hasText: 'bob@firm.example' })
    for (const body of ['Lunch is at noon.', 'Bring the plan.']) await eve.getByText(body, { exact: false }).first().waitFor()
    assert.equal(await eve.getByText('Dinner is at eight.', { exact: false }).count(), 0)
    await eve.getByRole('button', { name: 'Allow all 2 once' }).click()
    assert.deepEqual((await left(machine, 1)).map(({ ask }) => ask.targets[0].value), ['bob@firm.example'])
    await cards.nth(0).and(bob).waitFor()
    await bob.getByRole('button', { name: "Don't allow", exact: true }).click()
    await page.getByText('Told.').waitFor()
    assert.deepEqual(await sent(machine), [['eve@firm.example', 'Lunch is at noon.'], ['eve@firm.example', 'Bring the plan.']])
  })
})

test('in the inbox one no is a no to all of a card', async () => {
  await on({ replies: [three, says('Told.')] }, async (machine, page) => {
    const task = await threeMessages(machine)
    await page.goto(`${machine.origin}/inbox`)
    const cards = approval(page).and(page.locator('[data-shielded=false]'))
    await cards.nth(1).waitFor()
    await sees(() => approval(page).count(), 2)
    await cards.filter({ hasText: 'eve@firm.example' }).getByRole('button', { name: "Don't allow", exact: true }).click()
    // It was one no, so the task goes on. Another one ends it.
    await sees(() => approval(page).count(), 1)
    await cards.filter({ hasText: 'bob@firm.example' }).getByRole('button', { name: "Don't allow", exact: true }).click()
    await machine.until(task, ({ status }) => status === 'stopped')
    await page.getByText('Nothing waits for you').waitFor()
    const { items } = await machine.api('GET', `/tasks/${task}`)
    const noes = items.filter(({ body }) => body.type === 'question' && body.asked.answer?.type === 'deny')
    assert.deepEqual(noes.map(({ body }) => body.asked.ask.targets[0].value), ['eve@firm.example', 'bob@firm.example', 'eve@firm.example'])
    await assert.rejects(sent(machine), { code: 'ENOENT' }, 'something was sent')
  })
})

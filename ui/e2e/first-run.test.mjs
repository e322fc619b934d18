// From nothing to a finished task: without a key, without a folder, without a word typed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { Machine } from './machine.mjs'

let browser
before(async () => { browser = await Browser.start() })
after(() => browser.stop())

test('one click on a computer without a key, folder or file ends in a finished report', async () => {
  const machine = await Machine.start({ model: false })
  try {
    const page = await browser.open(machine)
    await page.getByRole('heading', { name: 'Welcome to Deskhand' }).waitFor()
    let clicks = 0
    const click = (locator) => { clicks += 1; return locator.click() }

    await click(page.getByRole('button', { name: 'Try it on sample files' }))
    const end = page.getByRole('main').getByRole('group', { name: 'Done' })
    await end.waitFor({ timeout: 30_000 })
    await page.getByRole('region', { name: /file(s)? for you/ }).first().waitFor()
    assert.ok(clicks <= 3, `${clicks} clicks`)

    // What it says is what is there: one finished task, with a file handed over, that cost nothing.
    const [head, ...others] = await machine.api('GET', '/tasks')
    assert.deepEqual([head.status, others.length], ['done', 0])
    const { rail } = await machine.api('GET', `/tasks/${head.id}`)
    assert.ok(rail.outputs.length > 0)
    assert.equal(rail.cost.usd, 0)
    await page.getByText('Free: no AI model was used.').waitFor()
    assert.deepEqual(browser.takeFaults(), [])
    await page.close()
  } finally {
    await machine.stop()
  }
})

test('an own folder is chosen in the picker and worked on with a ready-made task, without a key', async () => {
  const table = 'month,region,amount\n' + Array.from({ length: 24 }, (_, n) => `2026-${String(n % 12 + 1).padStart(2, '0')},${n % 2 ? 'North' : 'South'},${100 + n}\n`).join('')
  const machine = await Machine.start({ model: false, files: { 'sales.csv': table } })
  try {
    const page = await browser.open(machine)
    await page.getByRole('button', { name: 'Add folder' }).click()
    const picker = page.getByRole('dialog', { name: 'Choose a folder' })
    await picker.getByRole('list', { name: 'Folders here' }).getByRole('button', { name: 'Reports' }).click()
    await picker.getByText(machine.work).waitFor()
    await picker.getByText('1 file', { exact: false }).waitFor()
    await picker.getByRole('radio', { name: /^Read only/ }).check()
    await picker.getByRole('button', { name: 'Use this folder' }).click()
    await picker.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /May|may be done in Reports: read only/ }).waitFor()

    // The folder's chip goes and comes back.
    await page.getByRole('button', { name: 'Take Reports away' }).click()
    await page.getByRole('button', { name: 'Take Reports away' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Add folder' }).click()
    await picker.getByRole('button', { name: 'Reports' }).click()
    await picker.getByText(machine.work).waitFor()
    await picker.getByRole('button', { name: 'Use this folder' }).click()

    const starter = page.getByRole('region', { name: 'Good first tasks' }).getByRole('button').first()
    await starter.click()
    const box = page.getByRole('textbox', { name: 'What should be done?' })
    assert.notEqual(await box.inputValue(), '')
    assert.equal(await box.evaluate((element) => element === document.activeElement), true)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor({ timeout: 30_000 })
    assert.equal((await machine.api('GET', '/tasks'))[0].status, 'done')
    assert.deepEqual(browser.takeFaults(), [])
    await page.close()
  } finally {
    await machine.stop()
  }
})

test('nobody is sent to a terminal: no page of a new computer names a command', async () => {
  const machine = await Machine.start({ model: false })
  try {
    const page = await browser.open(machine)
    const words = () => page.locator('body').innerText()
    await page.getByText('Commands cannot run yet', { exact: false }).waitFor()
    assert.doesNotMatch(await words(), /deskhand /)
    await page.getByRole('main').getByRole('link', { name: 'Set up' }).click()
    // What is missing is told, with the button that makes it.
    await page.getByText('not built yet', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Build' }).first().waitFor()
    assert.doesNotMatch(await words(), /deskhand /)
    for (const part of ['checks', 'models', 'network', 'plugins', 'connectors', 'storage']) {
      await page.goto(`${machine.origin}/settings/${part}`)
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      // What is looked up on the computer comes later than its heading.
      await page.waitForLoadState('networkidle')
      await page.getByRole('main').getByText('Loading').waitFor({ state: 'detached' })
      assert.doesNotMatch(await words(), /`deskhand |`make |ANTHROPIC_API_KEY/, part)
    }
    assert.deepEqual(browser.takeFaults(), [])
    await page.close()
  } finally {
    await machine.stop()
  }
})

test('after a restart a window that was open says that it is signed out, and the new link lets it in again', async () => {
  const machine = await Machine.start({ model: false })
  try {
    const page = await browser.open(machine)
    await page.getByRole('heading', { name: 'Welcome to Deskhand' }).waitFor()
    const port = new URL(machine.origin).port
    await machine.kill()
    await machine.serve(port)
    await page.reload()
    await page.getByRole('heading', { name: 'This window is not signed in' }).waitFor()
    await page.getByText('when Deskhand was started again', { exact: false }).waitFor()
    // Trying again without the link does not help, and shows nothing of what the server holds.
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'This window is not signed in' }).waitFor()
    assert.equal(await page.getByRole('textbox').count(), 0)
    await page.goto(machine.url)
    await page.getByRole('heading', { name: 'Welcome to Deskhand' }).waitFor()
    assert.deepEqual(browser.takeFaults([/net::ERR_/, /status of 401/]), [])
    await page.close()
  } finally {
    await machine.stop()
  }
})

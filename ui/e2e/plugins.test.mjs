// A marketplace of this computer: a plugin is looked at whole, installed, called from the text box, switched off, removed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Browser, violations } from './browser.mjs'
import { Machine } from './machine.mjs'

const shelf = fileURLToPath(new URL('../../plugins', import.meta.url))

let browser
let machine
let page
before(async () => {
  browser = await Browser.start({ colorScheme: 'light', reducedMotion: 'reduce' })
  machine = await Machine.start({})
  page = await browser.open(machine, '/settings/plugins')
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const picture = async (name) => {
  if (!process.env.PICTURES) return
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForTimeout(300)
    await page.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.waitForTimeout(500) // Colours that are on their way are nobody's.
}

test('a folder becomes a marketplace; nothing of it is installed', async () => {
  await page.getByText('No plugins yet').waitFor()
  await page.getByRole('textbox', { name: 'Where it is' }).fill(shelf)
  await page.getByRole('button', { name: 'Add marketplace' }).click()
  await page.getByRole('region', { name: 'In your marketplaces' }).getByRole('article').first().waitFor()
  await picture('offers')
  assert.deepEqual(await violations(page), [])
  assert.deepEqual((await machine.api('GET', '/plugins')).filter(({ installed }) => installed), [])
})

test('a plugin is looked at and installed', async () => {
  await page.getByRole('button', { name: /^Install finance/i }).click()
  const dialog = page.getByRole('dialog', { name: /^Install finance/i })
  await dialog.getByRole('region', { name: 'Skills and commands' }).getByText(/reconciliation/).waitFor()
  await picture('review')
  assert.deepEqual(await violations(page), [])
  await dialog.getByRole('button', { name: 'Install', exact: true }).click()
  const installed = page.getByRole('region', { name: 'Installed' })
  await installed.getByRole('switch', { name: 'Use it', checked: true }).waitFor()
  await picture('installed')
  assert.deepEqual(await violations(page), [])
  const lines = (await machine.api('GET', '/plugins')).filter((one) => one.installed)
  assert.deepEqual(lines.map(({ enabled, unchanged }) => [enabled, unchanged]), [[true, true]])
})

test('what was not looked at is not installed', async () => {
  const id = (await machine.api('GET', '/plugins')).find((one) => !one.installed).id
  await assert.rejects(machine.api('POST', '/plugins', { id, token: 'other' }))
  await assert.rejects(machine.api('POST', '/plugins', { id }))
  assert.equal((await machine.api('GET', '/plugins')).filter((one) => one.installed).length, 1)
})

test('its skills are listed, shown, and completed in the text box', async () => {
  await page.goto(`${machine.origin}/settings/skills`)
  await page.getByRole('searchbox', { name: 'Search skills' }).fill('reconciliation')
  await page.getByRole('button', { name: /^Show .*reconciliation/ }).first().click()
  await page.getByRole('dialog', { name: /reconciliation/ }).getByText(/SKILL\.md/).first().waitFor()
  await picture('skill')
  assert.deepEqual(await violations(page), [])
  await page.goto(machine.origin)
  const box = page.getByRole('textbox', { name: 'What should be done?' })
  await box.pressSequentially('/recon')
  const option = page.getByRole('option', { name: /^\/\S*reconciliation/ })
  await option.waitFor()
  await picture('completion')
  assert.deepEqual(await violations(page), [])
  await option.click()
  assert.match(await box.inputValue(), /^\/\S*reconciliation $/)
  await box.fill('')
  await box.pressSequentially('/fin')
  await page.getByRole('option', { name: /finance:reconciliation/ }).waitFor()
  await box.fill('')
})

test('what it is for is among the good first tasks', async () => {
  await page.goto(machine.origin)
  const tasks = page.getByRole('region', { name: 'Good first tasks' })
  await tasks.getByRole('button', { name: /from finance/ }).nth(1).waitFor()
  await picture('starters')
  await tasks.getByRole('button', { name: /from finance/ }).first().click()
  const first = (await machine.api('GET', '/starters')).find(({ from }) => from === 'finance')
  assert.match(first.prompt, /^\/\S+ $/)
  await page.waitForFunction((prompt) => document.querySelector('textarea').value === prompt, first.prompt)
  await page.keyboard.press('Escape')
})

test('switched off, nothing of it can be called; removed, it is gone', async () => {
  await page.goto(`${machine.origin}/settings/plugins`)
  const installed = page.getByRole('region', { name: 'Installed' })
  await installed.getByRole('switch', { name: 'Use it' }).click()
  await installed.getByRole('switch', { name: 'Use it', checked: false }).waitFor()
  assert.deepEqual((await machine.api('GET', '/commands')).filter(({ name }) => /reconciliation/.test(name)), [])
  await installed.getByRole('button', { name: /^Remove/ }).click()
  const sure = page.getByRole('alertdialog')
  await sure.getByRole('button', { name: 'Remove' }).click()
  // The question hides the page behind it from roles: only when it is gone does the page say what is there.
  await sure.waitFor({ state: 'detached' })
  await installed.waitFor({ state: 'detached' })
  assert.deepEqual((await machine.api('GET', '/plugins')).filter((one) => one.installed), [])
  assert.deepEqual(await machine.api('GET', '/starters'), [])
  assert.deepEqual(browser.takeFaults(), [])
})

// Every page of the settings opens and does what it says.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

let browser
let machine
let page
before(async () => {
  browser = await Browser.start({ colorScheme: 'light' })
  machine = await Machine.start({
    files: { 'AGENTS.md': 'Write in British English.\n' },
    replies: [calls(['Write', { file_path: '/mnt/Reports/a.txt', content: 'a\n' }]), says('Written.')],
  })
  const task = await machine.task('Write a file')
  await machine.until(task, ({ status }) => status === 'done')
  page = await browser.open(machine, '/settings')
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

const open = async (name) => {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  return page.getByRole('region', { name, exact: true })
}

test('every page opens and shows what the server knows', async () => {
  const shows = {
    Folders: /No standing folders/, 'Models and keys': /anthropic/i, Instructions: /Your own instructions/, Connectors: /No connectors yet/, Plugins: /Add marketplace/, Skills: /Search skills|No skills yet/, Rules: /Rules in force/,
    Sandbox: /sandbox|Commands cannot run yet/i, Network: /No command used the network/, Usage: /1/, Storage: /Kept for undo/,
    'This computer': /sandbox|keychain|disk|machine/i, 'Appearance and about': /Apache License/,
  }
  const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
  await links.first().waitFor() // The text of nothing is read at once, not waited for.
  assert.deepEqual(await links.allInnerTexts(), Object.keys(shows))
  for (const [name, words] of Object.entries(shows)) {
    const part = await open(name)
    await part.getByText(words).first().waitFor()
    assert.deepEqual(browser.takeFaults(), [], name)
  }
})

test('a folder is added for every task and taken back', async () => {
  const part = await open('Folders')
  await part.getByRole('button', { name: 'Add folder' }).first().click()
  const picker = page.getByRole('dialog', { name: 'Choose a folder' })
  await picker.getByRole('button', { name: 'Reports' }).click()
  await picker.getByText(machine.work).waitFor()
  await picker.getByRole('button', { name: 'Use this folder' }).click()
  await part.getByText(machine.work).waitFor()
  assert.deepEqual((await machine.api('GET', '/settings/folders')).map(({ path }) => path), [machine.work])

  // Its instructions are offered, and count only when they are trusted.
  const instructions = await open('Instructions')
  await instructions.getByText('Write in British English.', { exact: true }).waitFor()
  await instructions.getByRole('button', { name: 'Trust', exact: true }).click()
  await page.getByRole('alertdialog', { name: 'Trust these instructions?' }).getByRole('button', { name: 'Trust' }).click()
  await instructions.getByText('in force').waitFor()

  await open('Folders')
  await part.getByRole('button', { name: 'Take Reports back' }).click()
  const sure = page.getByRole('alertdialog')
  const empty = part.getByText('No standing folders')
  await empty.or(sure).first().waitFor()
  if (await sure.isVisible()) await sure.getByRole('button').last().click()
  await empty.waitFor()
  assert.deepEqual(await machine.api('GET', '/settings/folders'), [])
  assert.deepEqual(browser.takeFaults(), [])
})

test('instructions are kept', async () => {
  const part = await open('Instructions')
  const box = part.getByRole('textbox', { name: 'Your own instructions' })
  await box.fill('Money is in euros.')
  await part.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.', { exact: true }).first().waitFor()
  await page.reload()
  await page.waitForFunction((element) => element.value === 'Money is in euros.', await box.elementHandle())
  assert.deepEqual(browser.takeFaults(), [])
})

test('a rule is tried on what was decided before, refused when it is wrong, and kept when it is right', async () => {
  const part = await open('Rules')
  const box = part.getByRole('textbox', { name: 'Your own rules' })
  const rule = '[[rule]]\nname = "ask-before-reports"\nverdict = "ask"\nreason = "you want to be asked about reports"\nalways = true\n[rule.when]\npath = ["/mnt/Reports/**"]\n'
  await box.fill(rule)
  await part.getByRole('button', { name: 'What would have been different?' }).click()
  const trial = part.getByRole('status').filter({ hasText: 'judged again' })
  await trial.waitFor()
  assert.match(await trial.innerText(), /would come out differently/)
  await trial.getByRole('link', { name: 'Write a file' }).first().waitFor()

  await box.fill('[[rule]]\nname = ')
  await part.getByRole('button', { name: 'What would have been different?' }).click()
  await part.getByRole('alert').first().waitFor()
  await part.getByRole('button', { name: 'Save' }).click()
  await page.waitForTimeout(300)
  assert.equal((await machine.api('GET', '/settings/policy')).own, '', 'a wrong rule was kept')

  await box.fill(rule)
  await part.getByRole('button', { name: 'Save' }).click()
  await part.getByText('you want to be asked about reports', { exact: true }).waitFor()
  await part.getByText(/yours/).first().waitFor()
  assert.deepEqual(browser.takeFaults([/status of 422/]), [])
})

test('the dark appearance is kept', async () => {
  const ground = () => page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor
    canvas.fillRect(0, 0, 1, 1)
    return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3))
  })
  const part = await open('Appearance and about')
  assert.ok(await ground() > 200)
  await part.getByRole('radio', { name: 'Dark' }).check()
  await page.waitForTimeout(300)
  assert.ok(await ground() < 80)
  await page.reload()
  await part.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
  assert.ok(await ground() < 80)
  assert.deepEqual(browser.takeFaults(), [])
})

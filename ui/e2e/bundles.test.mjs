// A bundle of a connector: chosen as a file, its settings filled in, shown whole, installed; its prompts and resources are
// proposed where a person writes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Browser, sees, violations } from './browser.mjs'
import { Machine, says } from './machine.mjs'

const server = fileURLToPath(new URL('../../crates/cli/tests/it/connectors/server.py', import.meta.url))
const manifest = {
  manifest_version: '0.3', name: 'notes', display_name: 'Notes', version: '1.2.3', description: 'Finds notes.',
  author: { name: 'Somebody' },
  server: { type: 'python', entry_point: 'server.py', mcp_config: { command: 'python3', args: ['${__dirname}/server.py', 'good'], env: { NOTES_KEY: '${user_config.key}' } } },
  user_config: {
    key: { type: 'string', title: 'Key', description: 'From your account', required: true, sensitive: true },
    count: { type: 'number', title: 'Notes at once', default: 3, min: 1, max: 9 },
  },
}

let browser
let machine
let file
before(async () => {
  browser = await Browser.start({ colorScheme: 'light', reducedMotion: 'reduce' })
  machine = await Machine.start({ replies: [says('Done.')] })
  file = path.join(machine.home, 'notes.mcpb')
  const script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as out:\n out.writestr('manifest.json', sys.argv[2])\n out.write(sys.argv[3], 'server.py')"
  execFileSync('python3', ['-c', script, file, JSON.stringify(manifest), server])
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

test('a bundle is set up, shown whole and installed', async () => {
  const page = await browser.open(machine, '/settings/connectors')
  await page.locator('input[type=file][accept=".mcpb,.dxt"]').setInputFiles(file)
  const dialog = page.getByRole('dialog', { name: 'Install a bundle' })
  await dialog.getByText('Notes 1.2.3').waitFor()
  await dialog.getByRole('button', { name: 'Show what will run' }).click()
  await dialog.getByText('This is needed.').waitFor()
  await dialog.getByLabel('Key *').fill('canary-of-the-page')
  await dialog.getByRole('textbox', { name: 'Notes at once' }).fill('10')
  await dialog.getByRole('button', { name: 'Show what will run' }).click()
  await dialog.getByText('too small or too large', { exact: false }).waitFor()
  await dialog.getByRole('textbox', { name: 'Notes at once' }).fill('4')
  await dialog.getByRole('button', { name: 'Show what will run' }).click()
  await dialog.getByText('/server.py good', { exact: false }).waitFor()
  await dialog.getByText('no network', { exact: false }).waitFor()
  assert.deepEqual(await violations(page), [])
  if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, 'bundle.png') })
  await dialog.getByRole('button', { name: 'Install' }).click()
  const tools = page.getByRole('dialog', { name: 'Tools of notes' })
  await tools.getByText('Finds notes.').waitFor()
  await tools.getByRole('button', { name: 'Approve as they are now' }).click()
  await tools.getByText('These tools were not approved yet.').waitFor({ state: 'detached' })
  assert.deepEqual(browser.takeFaults(), [])
  await page.close()
})

test('its prompts and resources are proposed', async () => {
  const page = await browser.open(machine, '/')
  const box = page.getByRole('textbox').first()
  await box.pressSequentially('/mcp__no')
  await page.getByRole('option', { name: /mcp__notes__sum_up/ }).click()
  await box.pressSequentially('12')
  await page.getByRole('option', { name: '12 of May' }).waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, 'argument.png') })
  await page.getByRole('option', { name: '12 of May' }).click()
  assert.match(await box.inputValue(), /^\/mcp__notes__sum_up "12 of May" ?$/)
  await box.fill('')
  await box.pressSequentially('see @not')
  await page.getByRole('option', { name: 'notes' }).click()
  await sees(() => box.inputValue(), 'see @notes:')
  await page.getByRole('option', { name: /today/ }).click()
  assert.match(await box.inputValue(), /^see @notes:note:\/\/today ?$/)
  assert.deepEqual(browser.takeFaults(), [])
  await page.close()
})

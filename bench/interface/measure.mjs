// Measures the interface in Debian's Chromium, driven by the end-to-end tests' own harness.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { gzipSync } from 'node:zlib'

process.env.DESKHAND_PROGRAMS = resolve(process.env.DESKHAND_PROGRAMS)
const { Machine, calls, says } = await import('../../ui/e2e/machine.mjs')
const { Browser } = await import('../../ui/e2e/browser.mjs')

const events = Number(process.argv[2])
const rows = []
const row = (name, value, unit, goal) => rows.push({ name, value, unit, goal, ok: value <= goal })
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Memory of the server that is its own: anonymous and dirty pages, in MB. Pages of the program itself are shared. */
function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1])
  return { all: kib('VmRSS') / 1024, own: kib('RssAnon') / 1024 }
}

// With words before each call: steps without any are one line, however many they are.
const read = calls(['Read', { file_path: '/mnt/Reports/notes.md' }])
read.turn.content.unshift({ type: 'text', text: 'Reading it once more, to be sure of the figure.' })
// Each turn leaves five events: asked, answered, decided, started, finished.
const turns = Math.ceil(events / 5)
const machine = await Machine.start({
  replies: [{ ...read, times: turns }, says('All read.')],
  files: { 'notes.md': '# Notes\n\nSales went up.\n' },
})
await new Promise((go) => setTimeout(go, 1000))
const idle = memory(machine.server.pid)
row('server, idle before any page: resident memory', idle.all, 'MB', 25)

const browser = await Browser.start()
const page = await browser.open(machine)
/** What pages have loaded of the program so far, by address. */
const scripts = new Map()
page.on('response', (answer) => {
  if (answer.request().resourceType() === 'script') scripts.set(answer.url(), answer.body())
})
const scriptSize = async () => (await Promise.all(scripts.values())).reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000
const paints = []
for (let round = 0; round < 7; round += 1) {
  await page.goto(machine.origin)
  await page.getByRole('heading', { level: 1 }).waitFor()
  paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime))
}
row('first paint, warm (median of 7)', median(paints.slice(1)), 'ms', 150)
// What is fetched beforehand waits until a page is there for a second.
await page.waitForTimeout(3_000)
row('JavaScript of the first page, with what it fetches unasked (gzip)', await scriptSize(), 'kB', 250)

process.stderr.write(`making a task of ${events} events …\n`)
const task = await machine.task('Read the notes again and again')
await machine.until(task, (head) => head.status === 'done', 600_000)
const { seq } = await machine.api('GET', `/tasks/${task}`)
if (seq < events) throw new Error(`the task has only ${seq} events`)

const opened = []
for (let round = 0; round < 5; round += 1) {
  await page.goto(machine.origin)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const begun = performance.now()
  await page.goto(`${machine.origin}/tasks/${task}`)
  await page.getByText('All read.').first().waitFor()
  opened.push(performance.now() - begun)
}
row(`a task of ${seq} events opens, from its address (median of 5)`, median(opened), 'ms', 500)
await page.waitForTimeout(3_000)
row('JavaScript with the view of a task (gzip)', await scriptSize(), 'kB', 250)

const frames = await page.evaluate(async () => {
  const log = [...document.querySelectorAll('*')].filter((one) => one.scrollHeight > one.clientHeight + 500)
  const list = log.toSorted((a, b) => b.scrollHeight - a.scrollHeight)[0]
  const times = []
  let last
  for (let step = 0; step < 120; step += 1) {
    list.scrollTop -= 120
    await new Promise((go) => requestAnimationFrame((now) => {
      if (last !== undefined) times.push(now - last)
      last = now
      go()
    }))
  }
  return times
})
// At 60 frames a second one takes 16.7 ms; a dropped one shows as twice that or more.
row('frames dropped in 120 while it scrolls', frames.filter((time) => time > 33).length, '', 2)

// Nobody looks any more: what the server keeps of the task by itself.
await page.goto('about:blank')
await new Promise((go) => setTimeout(go, 5000))
row('server, idle after that task: memory of its own', memory(machine.server.pid).own, 'MB', 80)

/** A stream of the task that is only listened to. */
const listen = () => new Promise((heard, failed) => {
  const socket = connect(Number(new URL(machine.origin).port), '127.0.0.1')
  socket.on('error', failed)
  socket.once('data', () => heard(socket))
  socket.write(`GET /api/v1/tasks/${task}/events?after=${seq} HTTP/1.1\r\nhost: ${new URL(machine.origin).host}\r\nauthorization: Bearer ${machine.token}\r\n\r\n`)
})
const begun = performance.now()
const streams = await Promise.all(Array.from({ length: 200 }, listen))
row('200 streams of it are answered', performance.now() - begun, 'ms', 2000)
const busy = memory(machine.server.pid)
row('server, with 200 streams: memory of its own', busy.own, 'MB', 160)
streams.forEach((socket) => socket.destroy())

await browser.stop()
await machine.stop()
const width = Math.max(...rows.map(({ name }) => name.length))
for (const { name, value, unit, goal, ok } of rows) {
  console.log(`${name.padEnd(width)}  ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)}  goal ≤ ${goal} ${unit}  ${ok ? 'ok' : 'MISSED'}`)
}
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1

// What `make build` asks of the program it made: that the web interface is in it, and not the page that stands in for it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { shipped } from '../scripts/shipped.mjs'
import { program } from './machine.mjs'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** A program that serves one page, whatever is asked for. */
const serving = (page, type) => `
  const server = require('node:http').createServer((_, answer) => {
    answer.setHeader('content-type', ${JSON.stringify(type)})
    answer.end(${JSON.stringify(page)})
  })
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port + '/#token=x' })))`

test('the program with the interface passes', () => shipped(program('deskhand')))

test('a program with the page that stands in for it does not, and neither does one without its script', async () => {
  const stand = await readFile(join(repository, 'crates/server/src/placeholder.html'), 'utf8')
  await assert.rejects(shipped(process.execPath, '-e', serving(stand, 'text/html'), '--'), /holds no web interface/)
  const page = '<script type="module" src="/assets/index-x.js"></script>'
  await assert.rejects(shipped(process.execPath, '-e', serving(page, 'text/html'), '--'), /index-x\.js .* is not there/)
  await assert.rejects(shipped(process.execPath, '-e', 'process.exit(3)', '--'), /ended with 3/)
})

test('make build stops before it builds a program without its interface', async () => {
  const place = await mkdtemp(join(tmpdir(), 'deskhand-make-'))
  try {
    await cp(join(repository, 'Makefile'), join(place, 'Makefile'))
    await mkdir(join(place, 'scripts'))
    for (const name of ['setup.sh', 'ui.sh', 'guest.sh']) await writeFile(join(place, 'scripts', name), '#!/bin/sh\n', { mode: 0o755 })
    // Cargo is only named here: reaching it is the fault.
    const { code, stderr, stdout } = await run('make', ['build', 'CARGO=echo built'], { cwd: place }).catch((error) => error)
    assert.notEqual(code, undefined, 'it went on')
    assert.match(stderr, /ui\/dist\/index\.html is missing/)
    assert.doesNotMatch(stdout, /built/)
  } finally {
    await rm(place, { recursive: true, force: true })
  }
})

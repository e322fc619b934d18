// A server of MCP that is played: the one the command line is tested with.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const played = fileURLToPath(new URL('../../crates/cli/tests/it/connectors/server.py', import.meta.url))

/** Puts the server's program on the computer; returns the words of its command. */
export async function notes(machine, mode = 'good') {
  const folder = join(machine.home, 'programs')
  await mkdir(folder, { recursive: true })
  const program = join(folder, 'server.py')
  await copyFile(played, program)
  return ['python3', program, mode]
}

/** From its next start on it behaves so. */
export const behave = (machine, mode) => writeFile(join(machine.home, '.deskhand/connectors/notes/mode'), mode)

/** What it was called with. */
export const called = async (machine) =>
  (await readFile(join(machine.home, '.deskhand/connectors/notes/calls'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line))

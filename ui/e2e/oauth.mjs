// An MCP server that wants a sign-in, with its authorization server beside it: what the tests of the host play in Rust.
import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const read = async (request) => {
  let text = ''
  for await (const piece of request) text += piece
  return text
}

export async function startProtected() {
  const known = { codes: new Map(), tokens: new Set(), refused: 0, visits: 0 }
  const server = createServer(async (request, response) => {
    const origin = `http://${request.headers.host}`
    const { pathname, searchParams } = new URL(request.url, origin)
    const json = (value, status = 200, headers = {}) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
    const body = await read(request)
    switch (pathname) {
      case '/.well-known/oauth-protected-resource':
      case '/.well-known/oauth-protected-resource/mcp':
        return json({ resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['read'] })
      case '/.well-known/oauth-authorization-server':
        return json({
          issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register`,
          response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], authorization_response_iss_parameter_supported: true,
        })
      case '/register':
        return json({ client_id: 'c1', redirect_uris: JSON.parse(body).redirect_uris }, 201)
      case '/authorize': {
        known.visits += 1
        const back = new URL(searchParams.get('redirect_uri'))
        const code = randomUUID()
        known.codes.set(code, searchParams.get('code_challenge'))
        for (const [name, value] of [['code', code], ['state', searchParams.get('state')], ['iss', origin]]) back.searchParams.set(name, value)
        response.setHeader('content-type', 'text/html; charset=utf-8')
        return response.end(`<!doctype html><title>Sign in</title><a href="${back.href.replaceAll('&', '&amp;')}">Let Deskhand read</a>`)
      }
      case '/token': {
        const form = new URLSearchParams(body)
        const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
        // Each code once, and only for whoever asked for it.
        if (known.codes.get(form.get('code')) !== proof) return json({ error: 'invalid_grant' }, 400)
        known.codes.delete(form.get('code'))
        const access_token = randomUUID()
        known.tokens.add(access_token)
        return json({ access_token, token_type: 'Bearer', expires_in: 3600, refresh_token: randomUUID(), scope: 'read' })
      }
      case '/mcp': {
        if (!known.tokens.has(request.headers.authorization?.replace('Bearer ', ''))) {
          known.refused += 1
          return json({}, 401, { 'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource"` })
        }
        if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end()
        const { id, method, params } = JSON.parse(body)
        const results = {
          initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'wiki', version: '1' } },
          'tools/list': { tools: [{ name: 'find_page', description: 'Finds pages.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }] },
        }
        if (id === undefined) return response.writeHead(202).end()
        if (!(method in results)) return method === 'server/discover' ? response.writeHead(400).end() : json({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } })
        return json({ jsonrpc: '2.0', id, result: results[method] }, 200, { 'mcp-session-id': 's1' })
      }
      default:
        return response.writeHead(404).end()
    }
  })
  await new Promise((go) => server.listen(0, '127.0.0.1', go))
  return { known, origin: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((go) => { server.closeAllConnections(); server.close(go) }) }
}

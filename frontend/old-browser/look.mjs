// Walk pages in Chromium 91, as the desktops of county offices have it: no script error, no page wider than its window,
// buttons and tags with their colours. Usage: node look.mjs ADDRESS ROUNDS.json FOLDER

import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { inflate } = require('lambdafs')
const puppeteer = require('puppeteer-core')
const [address, roundsFile, folder] = process.argv.slice(2)
const rounds = JSON.parse(readFileSync(roundsFile, 'utf-8'))
const faults = []

mkdirSync(folder, { recursive: true })
const browser = await puppeteer.launch({
  executablePath: await inflate(require.resolve('chrome-aws-lambda/bin/chromium.br')),
  args: ['--no-sandbox', '--disable-gpu', '--no-zygote', '--headless'],
  headless: true,
})
console.log(await browser.version())
for (const { username, password, pages } of rounds) {
  const context = await browser.createIncognitoBrowserContext()
  const page = await context.newPage()
  await page.setViewport({ width: 1366, height: 768 })
  let at = ''
  page.on('pageerror', (error) => faults.push(`${username} ${at}: ${error.message}`))
  page.on('console', (said) => said.type() === 'error' && faults.push(`${username} ${at}: ${said.text()}`))
  await page.goto(`${address}/sign-in/`)
  await page.type('[name=username]', username)
  await page.type('[name=password]', password)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
  for (const path of pages) {
    at = path
    const answer = await page.goto(`${address}${path}`, { waitUntil: 'networkidle2' })
    if (answer.status() !== 200) faults.push(`${username} ${path}: status ${answer.status()}`)
    faults.push(...(await page.evaluate(looks)).map((fault) => `${username} ${path}: ${fault}`))
    await page.screenshot({ path: `${folder}/${username}${path.replace(/\W+/g, '-')}.png` })
    console.log(username, path)
  }
  await context.close()
}
await browser.close()
for (const fault of faults) console.error(fault)
process.exit(faults.length ? 1 : 0)

function looks() {
  const found = []
  const clear = (element) => ['rgba(0, 0, 0, 0)', 'transparent'].includes(getComputedStyle(element).backgroundColor)
  const wide = document.documentElement.scrollWidth - window.innerWidth
  if (wide > 0) found.push(`${wide} px wider than the window`)
  for (const each of document.querySelectorAll('.lt-button--primary, .lt-tag')) {
    if (each.offsetParent && clear(each)) found.push(`without colour: ${each.className}`)
  }
  if (!document.querySelector('script[src*="app"]')) found.push('the script is not there')
  return found
}

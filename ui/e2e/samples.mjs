// Small files of the kinds people have, made by hand so that a test says exactly what is in them.
import { crc32, deflateSync } from 'node:zlib'

/** A ZIP archive that stores its entries as they are. */
export function zip(entries) {
  const parts = []
  const directory = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = Buffer.from(content)
    const file = Buffer.from(name)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(0x21, 8)
    head.writeUInt32LE(crc32(data), 10)
    head.writeUInt32LE(data.length, 14)
    head.writeUInt32LE(data.length, 18)
    head.writeUInt16LE(file.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    parts.push(Buffer.from('PK\x03\x04'), head, file, data)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), head, place, file]))
    offset += 30 + file.length + data.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, list, end])
}

const xml = (text) => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${text}`
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'
const relations = (...list) => xml(`<Relationships xmlns="${packaged}/relationships">${list.map(([id, type, target, mode]) =>
  `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"${mode ? ` TargetMode="${mode}"` : ''}/>`).join('')}</Relationships>`)
const types = (...overrides) => xml(`<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.map(([part, type]) =>
  `<Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`).join('')}</Types>`)

/** A Word document of these paragraphs; `remote` is a picture it wants to have from elsewhere. */
export function docx(paragraphs, remote) {
  const picture = `<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="p"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rId9" r:embed="rId9"/></pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('')
  return zip({
    '[Content_Types].xml': types(['/word/document.xml', 'wordprocessingml.document.main']),
    '_rels/.rels': relations(['rId1', 'officeDocument', 'word/document.xml']),
    'word/document.xml': xml(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${office}"><w:body>${body}${remote ? picture : ''}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>`),
    'word/_rels/document.xml.rels': relations(...(remote ? [['rId9', 'image', `${remote}/docx.png`, 'External'], ['rId8', 'attachedTemplate', `${remote}/t.dotm`, 'External']] : [])),
  })
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A spreadsheet of one sheet; `remote` is where its formulas, links and outside data lead. */
export function xlsx(rows, remote) {
  const spaces = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${office}"`
  const cell = (text, row, column) => `<c r="${String.fromCharCode(65 + column)}${row + 1}" t="inlineStr"><is><t>${escaped(text)}</t></is></c>`
  const formula = remote ? `<row r="${rows.length + 1}"><c r="A${rows.length + 1}" t="str"><f>WEBSERVICE("${remote}/sheet")</f><v>asked</v></c><c r="B${rows.length + 1}" t="str"><f>HYPERLINK("${remote}/link")</f><v>press</v></c></row>` : ''
  const links = remote ? `<hyperlinks><hyperlink ref="A1" r:id="rId9"/></hyperlinks>` : ''
  return zip({
    '[Content_Types].xml': types(['/xl/workbook.xml', 'spreadsheetml.sheet.main'], ['/xl/worksheets/sheet1.xml', 'spreadsheetml.worksheet'], ...(remote ? [['/xl/externalLinks/externalLink1.xml', 'spreadsheetml.externalLink']] : [])),
    '_rels/.rels': relations(['rId1', 'officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': xml(`<workbook ${spaces}><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>${remote ? '<externalReferences><externalReference r:id="rId8"/></externalReferences>' : ''}</workbook>`),
    'xl/_rels/workbook.xml.rels': relations(['rId1', 'worksheet', 'worksheets/sheet1.xml'], ...(remote ? [['rId8', 'externalLink', 'externalLinks/externalLink1.xml']] : [])),
    'xl/worksheets/sheet1.xml': xml(`<worksheet ${spaces}><sheetData>${rows.map((row, n) => `<row r="${n + 1}">${row.map((text, column) => cell(text, n, column)).join('')}</row>`).join('')}${formula}</sheetData>${links}</worksheet>`),
    ...(remote ? {
      'xl/worksheets/_rels/sheet1.xml.rels': relations(['rId9', 'hyperlink', `${remote}/cell`, 'External']),
      'xl/externalLinks/externalLink1.xml': xml(`<externalLink ${spaces}><externalBook r:id="rId1"/></externalLink>`),
      'xl/externalLinks/_rels/externalLink1.xml.rels': relations(['rId1', 'externalLinkPath', `${remote}/book.xlsx`, 'External']),
    } : {}),
  })
}

/** A presentation of one slide; `remote` is where its picture, link and video are. */
export function pptx(title, line, remote) {
  const shape = (kind, text) => `<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr><p:ph type="${kind}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r>${remote ? '<a:rPr><a:hlinkClick r:id="rId9"/></a:rPr>' : ''}<a:t>${escaped(text)}</a:t></a:r></a:p></p:txBody></p:sp>`
  const spaces = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="${office}"`
  return zip({
    '[Content_Types].xml': types(['/ppt/presentation.xml', 'presentationml.presentation.main'], ['/ppt/slides/slide1.xml', 'presentationml.slide']),
    '_rels/.rels': relations(['rId1', 'officeDocument', 'ppt/presentation.xml']),
    'ppt/presentation.xml': xml(`<p:presentation ${spaces}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>`),
    'ppt/_rels/presentation.xml.rels': relations(['rId1', 'slide', 'slides/slide1.xml']),
    'ppt/slides/slide1.xml': xml(`<p:sld ${spaces}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>${shape('title', title)}${shape('body', line)}${remote ? `<p:pic><p:nvPicPr><p:cNvPr id="4" name="v"/><p:cNvPicPr/><p:nvPr><a:videoFile r:link="rId7"/></p:nvPr></p:nvPicPr><p:blipFill><a:blip r:link="rId8"/></p:blipFill><p:spPr/></p:pic>` : ''}</p:spTree></p:cSld></p:sld>`),
    ...(remote ? {
      'ppt/slides/_rels/slide1.xml.rels': relations(
        ['rId7', 'video', `${remote}/slide.mp4`, 'External'], ['rId8', 'image', `${remote}/slide.png`, 'External'], ['rId9', 'hyperlink', `${remote}/slide`, 'External'],
      ),
    } : {}),
  })
}

/** A PDF of one page with one line; `remote` is where its scripts, actions, links and form lead. */
export function pdf(line, remote) {
  const script = remote ? `app.alert\\(11\\); app.launchURL\\('${remote}/pdf-js'\\); this.submitForm\\('${remote}/pdf-form'\\)` : ''
  const run = `<< /S /JavaScript /JS (${script}) /Next << /S /URI /URI (${remote}/pdf-next) >> >>`
  const link = (action) => `<< /Type /Annot /Subtype /Link /Rect [60 700 500 760] /A ${action} >>`
  const field = `<< /Type /Annot /Subtype /Widget /FT /Btn /T (send) /Rect [60 600 200 650] /AA << /PO ${run} /E ${run} >> /A << /S /SubmitForm /F (${remote}/pdf-submit) >> >>`
  const file = `<< /S /GoToR /F << /FS /URL /F (${remote}/pdf-file) >> /D [0 /Fit] >>`
  const catalog = remote ? ` /OpenAction ${run} /AA << /WC ${run} >> /Names << /JavaScript << /Names [(a) ${run}] >> >> /AcroForm << /Fields [6 0 R] >>` : ''
  const page = remote ? ` /AA << /O << /S /URI /URI (${remote}/pdf-page) >> >> /Annots [${link(`<< /S /URI /URI (${remote}/pdf-link) >>`)} ${link(run)} ${link(file)} 6 0 R]` : ''
  const stream = `BT /F1 24 Tf 72 720 Td (${line}) Tj ET`
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R${catalog} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>${page} >>`,
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...(remote ? [field] : []),
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, n) => {
    const place = text.length
    text += `${n + 1} 0 obj\n${object}\nendobj\n`
    return place
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')}`
  return Buffer.from(`${text}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`, 'latin1')
}

/** A picture of one colour. */
export function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2], 8)
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x5a)])
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => line)))), chunk('IEND', Buffer.alloc(0)),
  ])
}

//! The smallest workbook that a reader accepts: a ZIP archive without compression.

/// A cell of a workbook under test.
pub enum Value {
    Text(&'static str),
    /// As it lies in the file.
    Number(&'static str),
    /// Days since the end of 1899.
    Date(&'static str),
    Blank,
}

/// A workbook of sheets: name, whether it is hidden, rows.
pub fn workbook(sheets: &[(&str, bool, Vec<Vec<Value>>)]) -> Vec<u8> {
    let mut files = vec![
        ("[Content_Types].xml".to_owned(), CONTENT_TYPES.to_owned()),
        ("_rels/.rels".to_owned(), package()),
        ("xl/styles.xml".to_owned(), STYLES.to_owned()),
        ("xl/workbook.xml".to_owned(), book(sheets)),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations(sheets.len())),
    ];
    for (number, (_, _, rows)) in (1..).zip(sheets) {
        files.push((format!("xl/worksheets/sheet{number}.xml"), sheet(rows)));
    }
    archive(&files)
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"2\">\
    <xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

fn book(sheets: &[(&str, bool, Vec<Vec<Value>>)]) -> String {
    let sheets = (1..).zip(sheets).map(|(number, (name, hidden, _))| {
        let state = if *hidden { " state=\"hidden\"" } else { "" };
        format!("<sheet name=\"{name}\" sheetId=\"{number}\"{state} r:id=\"rId{number}\"/>")
    });
    let sheets: String = sheets.collect();
    format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{sheets}</sheets></workbook>")
}

fn package() -> String {
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    )
}

fn relations(count: usize) -> String {
    let sheets = (1..=count).map(|n| {
        format!("<Relationship Id=\"rId{n}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>")
    });
    let sheets: String = sheets.collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{sheets}\
         <Relationship Id=\"rId0\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
    )
}

fn sheet(rows: &[Vec<Value>]) -> String {
    let rows = (1..).zip(rows).map(|(number, cells)| {
        let cells = ('A'..).zip(cells).map(|(letter, cell)| match cell {
            Value::Text(text) => format!("<c r=\"{letter}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            Value::Number(text) => format!("<c r=\"{letter}{number}\"><v>{text}</v></c>"),
            Value::Date(text) => format!("<c r=\"{letter}{number}\" s=\"1\"><v>{text}</v></c>"),
            Value::Blank => String::new(),
        });
        format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
    });
    format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{}</sheetData></worksheet>", rows.collect::<String>())
}

fn archive(files: &[(String, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let offset = small(out.len());
        let mut entry = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        entry.extend(crc(text.as_bytes()).to_le_bytes());
        entry.extend(small(text.len()).to_le_bytes());
        entry.extend(small(text.len()).to_le_bytes());
        entry.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
        entry.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&entry);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&entry);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (begin, length) = (small(out.len()), small(directory.len()));
    let count = u16::try_from(files.len()).expect("few").to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count);
    out.extend(count);
    out.extend(length.to_le_bytes());
    out.extend(begin.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn small(length: usize) -> u32 {
    u32::try_from(length).expect("a small archive")
}

/// CRC-32 (ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

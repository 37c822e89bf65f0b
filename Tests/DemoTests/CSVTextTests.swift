import Testing

@testable import Demo

@Suite("CSV being written")
struct CSVTextTests {
    @Test(
        "a number is rounded to its decimals",
        arguments: [
            (0.0, 1, "0.0"), (0.05, 1, "0.1"), (1.25, 3, "1.250"), (0.0004, 3, "0.000"), (-0.0004, 3, "0.000"),
            (-0.0625, 3, "-0.063"), (-12.5, 1, "-12.5"), (9.9996, 3, "10.000"), (123_456.789, 2, "123456.79"),
        ])
    func decimals(number: Double, decimals: Int, expected: String) {
        var text = CSVText(bytesExpected: 16)
        text.cell(number, decimals: decimals)
        #expect(String(decoding: text.bytes, as: UTF8.self) == expected)
    }

    @Test("cells are parted by commas, a missing one is empty, rows end with a line break")
    func row() {
        var text = CSVText(bytesExpected: 32)
        text.cell("a")
        text.missing()
        text.cell(-40)
        text.endRow()
        text.missing()
        text.cell(0)
        text.endRow()
        #expect(String(decoding: text.bytes, as: UTF8.self) == "a,,-40\n,0\n")
    }
}

import Testing

@testable import Commands

@Suite("Tables")
struct TextTableTests {
    private func table(_ lines: [[String]]) -> TextTable {
        var table = TextTable([("NAME", .left), ("ROWS", .right), ("WHY", .left)])
        for line in lines { table.add(line) }
        return table
    }

    @Test("a person gets a header and aligned columns, without spaces at the end of a line")
    func aligned() {
        let table = table([["holdout", "5", "first"], ["a", "12345", ""]])
        #expect(
            table.render(isInteractive: true) == [
                "NAME      ROWS  WHY",
                "holdout      5  first",
                "a        12345",
            ])
    }

    @Test("a pipe gets tabs between cells and no header")
    func tabs() {
        let table = table([["holdout", "5", "first"], ["a", "12345", ""]])
        #expect(table.render(isInteractive: false) == ["holdout\t5\tfirst", "a\t12345\t"])
    }

    @Test("a table without lines is a header for a person and nothing for a pipe")
    func empty() {
        #expect(table([]).render(isInteractive: true) == ["NAME  ROWS  WHY"])
        #expect(table([]).render(isInteractive: false).isEmpty)
    }

    @Test("letters of several code points count as one")
    func characters() {
        let table = table([["e\u{301}e\u{301}", "1", "x"], ["abc", "1", "y"]])
        #expect(table.render(isInteractive: true).suffix(2) == ["e\u{301}e\u{301}       1  x", "abc      1  y"])
    }

    @Test("a cell cannot break the line, forge a cell or steer the terminal", arguments: [true, false])
    func control(isInteractive: Bool) throws {
        let table = table([["a\nb", "1\t2", "\u{1B}[31mred\u{7F}\r"]])
        let line = try #require(table.render(isInteractive: isInteractive).last)
        #expect(line.split(separator: "\t").count == (isInteractive ? 1 : 3))
        #expect(line.unicodeScalars.allSatisfy { $0 == "\t" || $0.properties.generalCategory != .control })
        #expect(line.contains("a b"))
        #expect(line.contains(" [31mred"))
    }
}

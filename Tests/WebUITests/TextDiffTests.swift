import Testing

@testable import WebUI

@Suite("Differences of texts")
struct TextDiffTests {
    @Test("a changed line is removed and added, with three lines around it")
    func changed() throws {
        let old = (1...20).map { "line \($0)" }
        var new = old
        new[9] = "another"
        let diff = try #require(TextDiff(from: old.joined(separator: "\n"), to: new.joined(separator: "\n")))
        #expect(diff.lines.map(\.kind) == [.gap, .same, .same, .same, .removed, .added, .same, .same, .same, .gap])
        #expect(diff.lines.filter { $0.kind == .added }.map(\.text) == ["another"])
    }

    @Test("a line feed at the end is no line")
    func ending() throws {
        let diff = try #require(TextDiff(from: "a\nb\n", to: "a\nb"))
        #expect(diff.lines.allSatisfy { $0.kind == .gap || $0.kind == .same })
    }

    @Test("from nothing everything is added")
    func nothing() throws {
        #expect(try #require(TextDiff(from: "", to: "a\nb")).lines.map(\.kind) == [.added, .added])
    }

    @Test("long texts are not compared, and long differences are cut")
    func long() throws {
        let many = (0...TextDiff.linesMax).map { "\($0)" }.joined(separator: "\n")
        #expect(TextDiff(from: "", to: many) == nil)
        let some = (0..<1000).map { "\($0)" }.joined(separator: "\n")
        let diff = try #require(TextDiff(from: "", to: some))
        #expect(diff.lines.count == TextDiff.shownMax)
        #expect(diff.left == 1000 - TextDiff.shownMax)
    }
}

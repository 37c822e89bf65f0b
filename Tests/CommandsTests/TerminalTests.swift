import Rendering
import Testing

@testable import Commands

@Suite("The terminal")
struct TerminalTests {
    struct Colour: Sendable {
        let environment: [String: String]
        let isInteractive: Bool
        let isColoured: Bool
    }

    @Test(
        "colour is for people who did not decline it",
        arguments: [
            Colour(environment: [:], isInteractive: true, isColoured: true),
            Colour(environment: [:], isInteractive: false, isColoured: false),
            Colour(environment: ["TERM": "xterm-256color"], isInteractive: true, isColoured: true),
            Colour(environment: ["TERM": "dumb"], isInteractive: true, isColoured: false),
            // https://no-color.org: set and not empty, whatever it says.
            Colour(environment: ["NO_COLOR": "1"], isInteractive: true, isColoured: false),
            Colour(environment: ["NO_COLOR": "0"], isInteractive: true, isColoured: false),
            Colour(environment: ["NO_COLOR": ""], isInteractive: true, isColoured: true),
            Colour(environment: ["CLICOLOR_FORCE": "1"], isInteractive: false, isColoured: true),
            Colour(environment: ["CLICOLOR_FORCE": "0"], isInteractive: false, isColoured: false),
            Colour(environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], isInteractive: false, isColoured: true),
        ])
    func colour(_ colour: Colour) {
        let terminal = Terminal(
            environment: colour.environment, isInteractiveOut: colour.isInteractive, isInteractiveError: colour.isInteractive)
        #expect(terminal.styled("no", .red) == (colour.isColoured ? "\u{1B}[31mno\u{1B}[0m" : "no"))
        #expect(terminal.styledNote("no", .bold) == (colour.isColoured ? "\u{1B}[1mno\u{1B}[0m" : "no"))
    }

    @Test("each stream is coloured by who reads it")
    func streams() {
        let logged = Terminal(environment: [:], isInteractiveOut: true, isInteractiveError: false)
        #expect(logged.styled("a", .green) != "a")
        #expect(logged.styledNote("a", .green) == "a")
        let piped = Terminal(environment: [:], isInteractiveOut: false, isInteractiveError: true)
        #expect(piped.styled("a", .green) == "a")
        #expect(piped.styledNote("a", .green) != "a")
    }

    @Test("results go to standard output and everything else to standard error")
    func separation() throws {
        let captured = CapturedTerminal()
        captured.terminal.out("result")
        captured.terminal.note("advice")
        captured.terminal.out(bytes: [0, 255])
        captured.terminal.redraw("half way")
        captured.terminal.endRedraw()
        let written = try captured.end()
        #expect(written.out == "result\n\0\u{FFFD}")
        #expect(written.error == "advice\n")
    }

    @Test(
        "a reason, tag or note cannot break a line or steer the terminal",
        arguments: [
            "one\ntwo", "one\u{1B}[2Jtwo", "one\u{1B}]0;title\u{7}two", "one\r\ntwo", "one\u{9B}2Jtwo", "\u{7F}",
            "e\u{1B}\u{301}",
        ])
    func hostileText(_ text: String) throws {
        let captured = CapturedTerminal(environment: ["CLICOLOR_FORCE": "1"], isInteractiveError: true)
        captured.terminal.out("tag  \(text)")
        captured.terminal.note(captured.terminal.styledNote("fix:", .bold) + " \(text)")
        captured.terminal.redraw(text)
        let written = try captured.end()
        #expect(written.out.hasPrefix("tag  "))
        #expect(!written.out.dropLast().unicodeScalars.contains { $0.properties.generalCategory == .control })
        let note = try #require(written.error.split(separator: "\n").first)
        #expect(note.hasPrefix("\u{1B}[1mfix:\u{1B}[0m "))
        let unstyled = written.error.replacing("\u{1B}[1mfix:\u{1B}[0m", with: "").replacing("\n\r\u{1B}[2K", with: "")
        #expect(!unstyled.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test("data is printed as it is")
    func verbatim() throws {
        let captured = CapturedTerminal()
        captured.terminal.out(verbatim: "{\"note\": \"\u{85}\"}\nmodel: \u{1B}")
        #expect(try captured.end().out == "{\"note\": \"\u{85}\"}\nmodel: \u{1B}\n")
    }

    @Test("a line is redrawn in place for a person only")
    func redrawing() throws {
        let captured = CapturedTerminal(isInteractiveError: true)
        captured.terminal.redraw("10 %")
        captured.terminal.redraw("20 %")
        captured.terminal.endRedraw()
        #expect(try captured.end().error == "\r\u{1B}[2K10 %\r\u{1B}[2K20 %\r\u{1B}[2K")
    }

    @Test("a sentence is broken at spaces where the window ends, behind its indent")
    func wrapping() {
        let narrow = Terminal(environment: [:], isInteractiveOut: true, isInteractiveError: true, columns: 40)
        #expect(
            narrow.wrapped("one two three four five six seven eight", indent: 10) == [
                "one two three four five six", "          seven eight",
            ])
        #expect(narrow.wrapped(String(repeating: "x", count: 60), indent: 10) == [String(repeating: "x", count: 60)])
        #expect(narrow.wrapped("", indent: 10) == [""])
        // Too little room to wrap in, or no window at all: the line stays whole.
        #expect(narrow.wrapped("one two three four five six", indent: 30) == ["one two three four five six"])
        let piped = Terminal(environment: [:], isInteractiveOut: false, isInteractiveError: false)
        let long = Array(repeating: "word", count: 100).joined(separator: " ")
        #expect(piped.wrapped(long, indent: 10) == [long])
    }
}

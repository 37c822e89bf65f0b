import ArgumentParser
import Foundation
import Testing

@testable import Commands

@Suite("Commands that messages name")
struct NamedCommandsTests {
    private static let sources = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
    /// What follows the name where it is a server's and not a command's: `gatehouse serves http://…`.
    private static let prose: Set<Substring> = ["serves"]

    /// The words behind `gatehouse` in every line of code; a comment may speak of what will be.
    private static func named() throws -> [(place: String, words: [Substring])] {
        let mention = /(?:^|[^.])gatehouse(?<words>(?: [a-z][a-z-]*)+)/
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }.flatMap { file in
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            return lines.enumerated().filter { !$0.element.drop(while: { $0 == " " }).hasPrefix("//") }.flatMap { index, line in
                line.matches(of: mention).map { ("\(file.lastPathComponent):\(index + 1)", $0.words.split(separator: " ")) }
            }
        }
    }

    /// Whether the words begin with the path of a command; what follows it is an argument.
    private static func exist(_ words: ArraySlice<Substring>, below command: any ParsableCommand.Type) -> Bool {
        let below = command.configuration.subcommands
        guard !below.isEmpty else { return true }
        guard let word = words.first else { return command.configuration.defaultSubcommand != nil }
        guard let next = below.first(where: { $0._commandName == word || $0.configuration.aliases.contains(String(word)) }) else {
            return command.configuration.defaultSubcommand != nil
        }
        return exist(words.dropFirst(), below: next)
    }

    @Test("every command that a hint or a help names exists")
    func commands() throws {
        let named = try Self.named().filter { !Self.prose.contains($0.words[0]) }
        #expect(named.count > 30, "the sources are not where this test looks for them")
        for (place, words) in named {
            #expect(Self.exist(words[...], below: GatehouseCommand.self), "\(place): gatehouse \(words.joined(separator: " "))")
        }
    }

    @Test(
        "a command that does not exist is found",
        arguments: ["version archive m", "scour", "audit undo", "version", "roll-back"])
    func missing(_ text: String) {
        #expect(!Self.exist(text.split(separator: " ")[...], below: GatehouseCommand.self))
    }
}

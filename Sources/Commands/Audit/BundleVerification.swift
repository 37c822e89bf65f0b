import AuditLog
import Foundation
import GatehouseCore
import Rendering

/// `audit verify` of an exported file.
struct BundleVerification {
    let path: String
    let key: NoteVerifier?
    let json: Bool

    /// Whether a file looks like a bundle rather than a receipt: its first byte opens an object.
    static func isBundle(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: 1)) == Data("{".utf8)
    }

    /// Ends with exit code 2 where something does not hold, with 3 where no key says whose signature it is.
    func run() throws {
        let terminal = Terminal.process()
        var check = AuditBundleCheck(key: key)
        let finding: AuditBundleCheck.Finding
        do {
            try BundleFile.lines(of: path) { _ = try check.take($0) }
            finding = try check.finish()
        } catch let error as GatehouseError where error.code == .integrity {
            if json {
                terminal.out(verbatim: JSONValue.object(["verified": false, "problem": .string(error.message)]).canonicalText)
            } else {
                terminal.out(terminal.styled("NOT as it was exported: \(error.message)", .red))
            }
            throw EarlyExit(status: .answerIsNo)
        }
        if json {
            var members = finding.json.objectValue ?? [:]
            members["verified"] = true
            terminal.out(verbatim: JSONValue.object(members).canonicalText)
        } else {
            terminal.out("sound: \(finding.sentence)")
            terminal.out(finding.isWhole ? "No entry of the signed tree is missing." : "Entries can have been left out.")
        }
        guard finding.isKeyGiven else { throw EarlyExit(status: .undecided) }
    }
}

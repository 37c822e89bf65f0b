package import GatehouseCore
import Yams

/// A file of YAML objects that is changed as text: comments, order and layout stay, because nothing is written anew but
/// the values that were asked for.
package struct Manifest: Sendable {
    package static let bytesMax = 1 << 20
    static let objectsMax = 200
    static let valuesMax = 100_000
    static let depthMax = 64
    /// An alias repeats what it stands for; aliases of aliases repeat it exponentially.
    static let possibleAliasesMax = 16

    /// For messages.
    package let file: String
    package let text: String
    package let objects: [ManifestObject]
    /// Where scalars stand, by the object's number and the place in it.
    private let marks: [Place: ScalarMark]

    private struct Place: Hashable {
        let object: Int
        let pointer: [ManifestObject.PointerStep]
    }

    /// Fails with `invalidArgument` naming the file and the line where it is no YAML, and with `tooLarge`.
    package init(_ text: String, file: String) throws(GatehouseError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw GatehouseError(.tooLarge, "\(file) has more than \(Self.bytesMax) bytes, which is no manifest.")
        }
        guard Self.possibleAliases(in: text) <= Self.possibleAliasesMax else {
            throw GatehouseError(
                .invalidArgument, "\(file) uses more than \(Self.possibleAliasesMax) YAML aliases.", hint: "Write the values out."
            )
        }
        self.file = file
        self.text = text
        var reader = ManifestReader(file: file)
        try reader.read(text)
        objects = reader.objects.map { ManifestObject($0) }
        marks = Dictionary(
            reader.marks.map { (Place(object: $0.object, pointer: $0.pointer), $0.mark) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// What stands at each path. Fails with `invalidArgument` naming file, line and path where nothing does.
    package func values(at paths: [ManifestPath]) throws(GatehouseError) -> [String] {
        var values: [String] = []
        for path in paths { values.append(try place(at: path).scalar) }
        return values
    }

    /// The same text with other values. Fails with `invalidArgument` where a path leads nowhere, or to a value that is
    /// written over several lines, has an anchor, or stands for others too.
    package func setting(_ changes: [(path: ManifestPath, value: String)]) throws(GatehouseError) -> Manifest {
        var edits: [(range: Range<Int>, text: String, path: ManifestPath)] = []
        let scalars = Array(text.unicodeScalars)
        for change in changes {
            let found = try place(at: change.path)
            guard found.scalar != change.value else { continue }
            do throws(ScalarText.Refusal) {
                let edit = try ScalarText(scalars, found.mark).replaced(by: change.value)
                edits.append((edit.range, edit.text, change.path))
            } catch {
                throw failure(
                    "'\(change.path)' in line \(found.mark.line) \(error.reason).", hint: "Write it on one line of its own.")
            }
        }
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
        var written = String.UnicodeScalarView()
        var end = 0
        for edit in edits {
            guard edit.range.lowerBound >= end else { throw failure("'\(edit.path)' is changed twice.", hint: nil) }
            written.append(contentsOf: scalars[end..<edit.range.lowerBound])
            written.append(contentsOf: edit.text.unicodeScalars)
            end = edit.range.upperBound
        }
        written.append(contentsOf: scalars[end...])
        let after = try Manifest(String(written), file: file)
        try check(after, changes)
        return after
    }

    /// Reads what was written once more: nothing but what was asked for may have changed.
    private func check(_ after: Manifest, _ changes: [(path: ManifestPath, value: String)]) throws(GatehouseError) {
        for change in changes {
            guard try after.place(at: change.path).scalar == change.value else {
                throw failure("'\(change.path)' cannot be changed where it stands.", hint: "Write it in quotes.")
            }
        }
        var intended: Set<Place> = []
        for change in changes { intended.insert(try place(at: change.path).place) }
        let others = after.marks.filter { !intended.contains($0.key) }
        let isSame =
            after.marks.count == marks.count
            && others.allSatisfy { marks[$0.key]?.value == $0.value.value }
        guard isSame else {
            throw failure("A value that would be changed stands for others too.", hint: "Write it out instead of an alias.")
        }
    }

    private func place(
        at path: ManifestPath
    ) throws(GatehouseError) -> (place: Place, mark: ScalarMark, scalar: String) {
        var found: [(place: Place, mark: ScalarMark, scalar: String)] = []
        var deadEnd: (object: Int, end: ManifestObject.DeadEnd)?
        for (number, object) in objects.enumerated() where path.object.map({ $0.fits(object) }) ?? true {
            do throws(ManifestObject.DeadEnd) {
                let there = try object.place(at: path)
                let place = Place(object: number, pointer: there.pointer)
                if let scalar = there.scalar, let mark = marks[place] {
                    found.append((place, mark, scalar))
                } else if deadEnd == nil {
                    let parent = Array(there.pointer.dropLast())
                    deadEnd = (
                        number,
                        ManifestObject.DeadEnd(
                            reached: parent, finding: "has no '\(there.pointer.suffix(1).map { $0 }.words)'",
                            hint: "Add the key once, with any value; from then on it is kept up to date.")
                    )
                }
            } catch {
                if deadEnd == nil || error.reached.count > (deadEnd?.end.reached.count ?? 0) { deadEnd = (number, error) }
            }
        }
        if found.count > 1 {
            let names = found.prefix(5).map { "\(objects[$0.place.object].kind)/\(objects[$0.place.object].name)" }
            throw failure(
                "\(found.count) objects have '\(path)': \(names.joined(separator: ", ")).",
                hint: "Name the one that is meant: KIND/NAME:\(path).")
        }
        if let only = found.first { return only }
        guard let deadEnd else {
            throw failure(path.object.map { "There is no \($0)." } ?? "It holds no object.", hint: nil)
        }
        let line = line(object: deadEnd.object, above: deadEnd.end.reached)
        let location = deadEnd.end.reached.isEmpty ? "the object" : "'\(deadEnd.end.reached.words)'"
        throw failure(
            "There is no '\(path)': \(location)\(line.map { " (line \($0))" } ?? "") \(deadEnd.end.finding).",
            hint: deadEnd.end.hint)
    }

    /// Of the first value at or below a place.
    private func line(object: Int, above pointer: [ManifestObject.PointerStep]) -> Int? {
        marks.filter { $0.key.object == object && $0.key.pointer.starts(with: pointer) }.map(\.value.line).min()
    }

    private func failure(_ what: String, hint: String?) -> GatehouseError {
        GatehouseError(.invalidArgument, "\(file): \(what)", hint: hint)
    }

    /// `*name` where a value may begin. Quotes and comments count too, so this is never too few.
    private static func possibleAliases(in text: String) -> Int {
        func isName(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
        }
        var count = 0
        var before: (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            if before.1 == UInt8(ascii: "*"), isName(byte), !isName(before.0) { count += 1 }
            before = (before.1, byte)
        }
        return count
    }
}

extension ManifestPath.ObjectName {
    fileprivate func fits(_ object: ManifestObject) -> Bool {
        object.name == name && object.kind.lowercased() == kind.lowercased()
    }
}

/// Where a scalar begins, and how it was written.
struct ScalarMark: Sendable, Hashable {
    enum Style: Sendable { case plain, singleQuoted, doubleQuoted, block }

    let line: Int
    let column: Int
    let style: Style
    let value: String
}

import GatehouseCore

/// The members of a JSON object, read strictly: a member of the wrong type is an error, never a missing one.
struct JSONMembers {
    private let members: [String: JSONValue]
    private let what: String

    init(_ json: JSONValue, what: String) throws(GatehouseError) {
        guard let members = json.objectValue else {
            throw GatehouseError(.invalidArgument, "Expected \(what) as a JSON object.")
        }
        self.members = members
        self.what = what
    }

    var names: [String] { members.keys.sorted() }

    func wrong(_ name: String, expected: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "'\(name)' of \(what) must be \(expected).")
    }

    /// Nil when the member is absent or null.
    func optional(_ name: String) -> JSONValue? {
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    func optionalText(_ name: String) throws(GatehouseError) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.stringValue else { throw wrong(name, expected: "a text") }
        return text
    }

    func text(_ name: String) throws(GatehouseError) -> String {
        guard let text = try optionalText(name) else { throw wrong(name, expected: "a text") }
        return text
    }

    func optionalNumber(_ name: String) throws(GatehouseError) -> Double? {
        guard let value = optional(name) else { return nil }
        guard let number = value.doubleValue else { throw wrong(name, expected: "a number or null") }
        return number
    }

    func number(_ name: String) throws(GatehouseError) -> Double {
        guard let number = try optionalNumber(name) else { throw wrong(name, expected: "a number") }
        return number
    }

    func integer(_ name: String) throws(GatehouseError) -> Int64 {
        guard let integer = optional(name)?.integerValue else { throw wrong(name, expected: "a whole number") }
        return integer
    }

    func optionalCount(_ name: String) throws(GatehouseError) -> Int? {
        guard optional(name) != nil else { return nil }
        guard let count = Int(exactly: try integer(name)), count >= 0 else {
            throw wrong(name, expected: "a whole number from 0")
        }
        return count
    }

    func count(_ name: String) throws(GatehouseError) -> Int {
        guard let count = try optionalCount(name) else { throw wrong(name, expected: "a whole number from 0") }
        return count
    }

    func optionalFlag(_ name: String) throws(GatehouseError) -> Bool? {
        guard let value = optional(name) else { return nil }
        guard let flag = value.boolValue else { throw wrong(name, expected: "true or false") }
        return flag
    }

    func flag(_ name: String) throws(GatehouseError) -> Bool {
        guard let flag = try optionalFlag(name) else { throw wrong(name, expected: "true or false") }
        return flag
    }

    func optionalWord<Word>(_ name: String, _: Word.Type) throws(GatehouseError) -> Word?
    where Word: RawRepresentable<String> & CaseIterable {
        guard let text = try optionalText(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw wrong(name, expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    func word<Word>(_ name: String, _ type: Word.Type) throws(GatehouseError) -> Word
    where Word: RawRepresentable<String> & CaseIterable {
        guard let word = try optionalWord(name, type) else {
            throw wrong(name, expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// Empty when the member is absent.
    func list(_ name: String) throws(GatehouseError) -> [JSONValue] {
        guard let value = optional(name) else { return [] }
        guard let list = value.arrayValue else { throw wrong(name, expected: "a list") }
        return list
    }
}

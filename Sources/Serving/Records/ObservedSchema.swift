/// Which features requests named, and of what types. At most `fieldsMax` names are kept, the first in the order of their bytes:
/// so it does not matter in which order or through which gateway they came.
package struct ObservedSchema: Codable, Sendable, Equatable {
    package static let fieldsMax = 512
    /// Longer names are not kept.
    package static let nameBytesMax = 256

    package enum Kind: String, Codable, Sendable, CaseIterable {
        case integer, number, boolean, text, null
        /// A list or an object.
        case nested
    }

    /// Ascending by name.
    package private(set) var fields: [ObservedField] = []
    /// Sightings of names that are not kept.
    package private(set) var unnamed = 0

    package init() {}

    package mutating func observe(_ name: String, _ kind: Kind) { add(ObservedField(name, kind)) }

    package mutating func add(_ other: ObservedSchema) {
        unnamed += other.unnamed
        for field in other.fields { add(field) }
    }

    private mutating func add(_ field: ObservedField) {
        let place = place(of: field.name)
        if place < fields.count, fields[place].name == field.name {
            fields[place].add(field)
        } else if place == Self.fieldsMax || field.name.utf8.count > Self.nameBytesMax {
            unnamed += field.total
        } else {
            fields.insert(field, at: place)
            if fields.count > Self.fieldsMax { unnamed += fields.removeLast().total }
        }
    }

    private func place(of name: String) -> Int {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// How often a feature was of which type.
package struct ObservedField: Codable, Sendable, Equatable {
    package let name: String
    package private(set) var integer = 0
    package private(set) var number = 0
    package private(set) var boolean = 0
    package private(set) var text = 0
    package private(set) var null = 0
    package private(set) var nested = 0

    init(_ name: String, _ kind: ObservedSchema.Kind) {
        self.name = name
        switch kind {
        case .integer: integer = 1
        case .number: number = 1
        case .boolean: boolean = 1
        case .text: text = 1
        case .null: null = 1
        case .nested: nested = 1
        }
    }

    package var total: Int { integer + number + boolean + text + null + nested }

    mutating func add(_ other: ObservedField) {
        integer += other.integer
        number += other.number
        boolean += other.boolean
        text += other.text
        null += other.null
        nested += other.nested
    }
}

package import GatehouseCore

extension ModelSignature {
    /// The inputs a model trained on this table expects: whole numbers are `long`, other numbers `double`, text is
    /// `string`; a column with missing values is not required. Nothing is known about the outputs.
    package init(inputsOf table: Table) {
        self.init(
            inputs: table.columns.map { column in
                switch column.values {
                case .numeric(let numbers):
                    let present = numbers.lazy.filter { !$0.isNaN }
                    let isWhole = !present.isEmpty && present.allSatisfy { $0.rounded() == $0 && $0.magnitude <= 0x1p53 }
                    return FieldSchema(
                        name: column.name, type: isWhole ? .long : .double, isRequired: !numbers.contains(where: \.isNaN))
                case .categorical(let codes, _):
                    return FieldSchema(name: column.name, type: .string, isRequired: !codes.contains(-1))
                }
            })
    }
}

struct ShadowPages {
    func add(to pages: Pages) {
        pages.page("traffic/:endpoint/shadow") { page in try await ShadowScreen.load(page) }
    }
}

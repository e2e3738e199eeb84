/// The stores of this target that keep the contract (`StateStoreContract`).
let storesUnderTest =
    [StoreUnderTest("GitLab") { StateServerUnderTest(.gitLab) }, StoreUnderTest("a plain state server") { StateServerUnderTest(.plain) }]
    + (EtcdServer.isInstalled ? [StoreUnderTest("etcd") { try await EtcdUnderTest() }] : [])

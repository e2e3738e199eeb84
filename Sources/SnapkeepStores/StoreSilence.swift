/// A service that keeps a state and has not answered for some seconds, and is asked on: what a person is to know who waits for a run.
public typealias StoreSilence = EtcdSilence

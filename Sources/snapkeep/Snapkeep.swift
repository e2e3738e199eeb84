import ArgumentParser
import Crypto

@main struct Snapkeep: ParsableCommand {}

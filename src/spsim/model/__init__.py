"""The mechanism: state, randomness, population, channels, opinion, politics, one readable step."""

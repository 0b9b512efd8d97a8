"""What moves the outcomes of a scenario: factors, the stages of a study, and what they find."""

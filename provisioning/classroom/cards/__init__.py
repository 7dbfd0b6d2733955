"""What is handed to attendees: who has which seat, the codes that open them, cards on paper."""

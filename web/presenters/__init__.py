"""What templates receive: frozen values made from models inside an open session."""

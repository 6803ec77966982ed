/** Why a form could not be sent, when it is not about one of its fields. */
export function FormFailure({ message }: { message: string | null }) {
  return message === null ? null : (
    <p className="problem" role="alert">
      {message}
    </p>
  );
}

/** What sending a form did; stands in the form from the start, so that it is also said aloud. */
export function FormDone({ message }: { message: string }) {
  return (
    <p className="done" role="status">
      {message}
    </p>
  );
}
